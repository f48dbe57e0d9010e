import types

import torch

from . import attention, functional


def Parameter(tensor):
    return tensor.requires_grad_()


class Module:
    def __call__(self, *inputs):
        return self.forward(*inputs)

    def parameters(self):
        for value in vars(self).values():
            if isinstance(value, torch.Tensor) and value.requires_grad:
                yield value
            elif isinstance(value, Module):
                yield from value.parameters()


class ModuleList(Module, list):
    def parameters(self):
        for module in self:
            yield from module.parameters()


class Linear(Module):
    def __init__(self, inputs, outputs, bias, device, dtype):
        self.weight = Parameter(torch.randn(outputs, inputs, device=device, dtype=dtype))

    def forward(self, x):
        if x.shape[-1] != self.weight.shape[1] or x.dtype != self.weight.dtype:
            raise RuntimeError(f"{x.shape} {x.dtype} into {self.weight.shape}")
        return x.like(x.shape[:-1] + self.weight.shape[:1])


class Embedding(Module):
    def __init__(self, rows, size, device, dtype):
        self.weight = Parameter(torch.randn(rows, size, device=device, dtype=dtype))

    def forward(self, tokens):
        return self.weight.like(tokens.shape + self.weight.shape[1:])


def clip_grad_norm_(weights, most):
    return torch.Tensor(())


utils = types.SimpleNamespace(clip_grad_norm_=clip_grad_norm_)
