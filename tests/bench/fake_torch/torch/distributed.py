import types

import torch

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
    torch.clock_ms += 0.05


def all_gather_into_tensor(out, part):
    if out.count() % part.count():
        raise RuntimeError("sizes")
    torch.clock_ms += 0.05


def reduce_scatter_tensor(out, whole):
    all_gather_into_tensor(whole, out)


def all_to_all_single(out, whole):
    if out.count() != whole.count():
        raise RuntimeError("sizes")
    torch.clock_ms += 0.05


def isend(tensor, rank):
    torch.clock_ms += 0.05


irecv = isend


def P2POp(how, tensor, rank):
    return types.SimpleNamespace(wait=lambda: how(tensor, rank))


def batch_isend_irecv(operations):
    return operations
