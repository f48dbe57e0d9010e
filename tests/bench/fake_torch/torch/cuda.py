import types

import torch


class OutOfMemoryError(RuntimeError):
    pass


class Event:
    def __init__(self, enable_timing):
        self.at = None

    def record(self):
        self.at = torch.clock_ms

    def synchronize(self):
        pass

    def elapsed_time(self, later):
        return later.at - self.at


def get_device_properties(index):
    return types.SimpleNamespace(name="NVIDIA GB200", total_memory=186 << 30, L2_cache_size=126 << 20,
                                 uuid="00000000-0000-0000-0000-000000000000")


def get_device_capability(index):
    return 10, 0


def is_available():
    return True


def set_device(index):
    pass


def synchronize():
    pass


def empty_cache():
    pass


def reset_peak_memory_stats():
    pass


def max_memory_allocated():
    return 40 << 30


def max_memory_reserved():
    return 44 << 30


def mem_get_info():
    return 180 << 30, 186 << 30


def _sleep(cycles):
    if cycles < 1:
        raise RuntimeError("cycles")


nccl = types.SimpleNamespace(version=lambda: (2, 27, 3))
