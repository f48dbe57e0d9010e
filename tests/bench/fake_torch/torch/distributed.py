import types

ReduceOp = types.SimpleNamespace(MIN="min")


def is_nccl_available():
    return True


def init_process_group(backend):
    if backend != "nccl":
        raise RuntimeError(backend)


def destroy_process_group():
    pass


def barrier():
    pass


def broadcast(tensor, source):
    pass


def broadcast_object_list(box, source):
    pass


def all_reduce(tensor, op="sum"):
    pass


def all_gather_into_tensor(out, part):
    if out.count() % part.count():
        raise RuntimeError("sizes")


def reduce_scatter_tensor(out, whole):
    all_gather_into_tensor(whole, out)


def all_to_all_single(out, whole):
    if out.count() != whole.count():
        raise RuntimeError("sizes")


def isend(tensor, rank):
    pass


irecv = isend


def P2POp(how, tensor, rank):
    return types.SimpleNamespace(wait=lambda: how(tensor, rank))


def batch_isend_irecv(operations):
    return operations
