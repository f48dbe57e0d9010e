import contextlib

import torch
from torch.utils.checkpoint import checkpoint  # noqa: F401


def Linear(inputs, outputs, bias, device, params_dtype):
    return torch.nn.Linear(inputs, outputs, bias=bias, device=device, dtype=params_dtype)


def RMSNorm(size, params_dtype, device):
    return lambda x: torch.nn.functional.rms_norm(
        x, (size,), torch.ones(size, device=device, dtype=params_dtype), 1e-5)


LayerNorm = RMSNorm


def fp8_autocast(enabled, fp8_recipe):
    return contextlib.nullcontext()
