def checkpoint(function, *inputs, use_reentrant):
    return function(*inputs)
