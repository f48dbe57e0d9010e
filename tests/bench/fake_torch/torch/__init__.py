"""A stand-in for PyTorch that computes shapes only and refuses what PyTorch would refuse of them, so
that bench/device/measure.py runs from end to end without PyTorch or a GPU. Each operation takes 50 us
of a clock of its own. Whatever is not here raises AttributeError."""
import itertools
import math
import types

__version__ = "2.9.0+fake"
version = types.SimpleNamespace(hip=None)
bfloat16, float16, float32, int8, int32, int64, uint8 = (
    "bf16", "fp16", "fp32", "int8", "int32", "int64", "uint8")
float8_e4m3fn, float4_e2m1fn_x2, float8_e8m0fnu = "e4m3", "e2m1x2", "e8m0"
FLOATS = (bfloat16, float16, float32, float8_e4m3fn)
clock_ms = 0.0
hooks = []  # (parameter, function) of the model trained last


def broadcast(a, b):
    out = []
    for x, y in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1):
        if x != y and 1 not in (x, y):
            raise RuntimeError(f"shapes {a} and {b} do not broadcast")
        out.append(max(x, y))
    return tuple(reversed(out))


class Tensor:
    def __init__(self, shape, dtype=float32):
        global clock_ms
        clock_ms += 0.05
        self.shape = tuple(int(n) for n in shape)
        if any(n < 0 for n in self.shape):
            raise RuntimeError(f"negative size in {shape}")
        self.dtype, self.requires_grad, self.grad, self.value = dtype, False, None, 1.0

    def like(self, shape=None, dtype=None):
        return Tensor(self.shape if shape is None else shape, dtype or self.dtype)

    def count(self):
        return math.prod(self.shape)

    def view(self, *shape):
        if len(shape) == 1 and isinstance(shape[0], str):
            return self.like(dtype=shape[0])
        known = math.prod(n for n in shape if n != -1)
        shape = tuple(self.count() // known if n == -1 else n for n in shape)
        if math.prod(shape) != self.count():
            raise RuntimeError(f"{self.shape} is no {shape}")
        return self.like(shape)

    reshape = view

    def view_as(self, other):
        return self.view(*other.shape)

    def t(self):
        rows, cols = self.shape
        return self.like((cols, rows))

    def transpose(self, a, b):
        shape = list(self.shape)
        shape[a], shape[b] = shape[b], shape[a]
        return self.like(shape)

    def unsqueeze(self, at):
        return self.like(self.shape[:at] + (1,) + self.shape[at:])

    def split(self, sizes, dim=0):
        if isinstance(sizes, int):
            sizes = [sizes] * (self.shape[dim] // sizes)
        if sum(sizes) != self.shape[dim]:
            raise RuntimeError(f"{sizes} do not add up to dimension {dim} of {self.shape}")
        parts = [list(self.shape) for _ in sizes]
        for part, size in zip(parts, sizes):
            part[dim] = size
        return tuple(self.like(part) for part in parts)

    def chunk(self, count, dim):
        return self.split([self.shape[dim] // count] * count, dim)

    def repeat_interleave(self, times, dim):
        shape = list(self.shape)
        shape[dim] *= times
        return self.like(shape)

    def __getitem__(self, at):
        if isinstance(at, int):
            return self.like(self.shape[1:])
        return self.like((len(range(*at.indices(self.shape[0]))),) + self.shape[1:])

    def __iter__(self):
        return (self[i] for i in range(self.shape[0]))

    def index_select(self, dim, index):
        shape = list(self.shape)
        shape[dim] = index.count()
        return self.like(shape)

    def index_add(self, dim, index, source):
        if source.dtype != self.dtype or source.shape[dim] != index.count():
            raise RuntimeError("index_add of another dtype or length")
        return self.like()

    index_add_ = index_add

    def combine(self, other):
        if not isinstance(other, Tensor):
            return self.like()
        return self.like(broadcast(self.shape, other.shape))

    __add__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __mod__ = __rpow__ = combine

    def __neg__(self):
        return self.like()

    def __matmul__(self, other):
        return mm(self, other)

    def same(self, *args, **options):
        return self.like()

    clamp = abs = roll = cos = sin = clone = detach = zero_ = same

    def add_(self, other):
        broadcast(self.shape, other.shape)
        return self

    def amax(self):
        return self.like(())

    def sum(self):
        return self.like(())

    def to(self, dtype):
        return self.like(dtype=dtype)

    def float(self):
        return self.to(float32)

    def bfloat16(self):
        return self.to(bfloat16)

    def is_floating_point(self):
        return self.dtype in FLOATS

    def item(self):
        if self.count() != 1:
            raise RuntimeError("item() of several values")
        return self.value

    def requires_grad_(self):
        self.requires_grad = True
        return self

    def register_post_accumulate_grad_hook(self, hook):
        hooks.append((self, hook))

    def backward(self):
        if self.shape != ():
            raise RuntimeError("backward() of no scalar")
        for parameter, hook in hooks:
            parameter.grad = parameter.like()
            hook(parameter)


def made(*shape, device=None, dtype=float32):
    shape = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
    if device != "cuda":
        raise RuntimeError("a tensor on the CPU")
    return Tensor(shape, dtype)


randn = empty = ones = made


def full(shape, value, device, dtype):
    return made(*shape, device=device, dtype=dtype)


def randint(low, high, shape, device, dtype=int64):
    return made(*shape, device=device, dtype=dtype)


def randperm(count, device):
    return made(count, device=device, dtype=int64)


def arange(*bounds, device, dtype=int64):
    return made(len(range(*bounds)), device=device, dtype=dtype)


def tensor(values, device, dtype=float32):
    out = made(len(values), device=device, dtype=dtype)
    out.value = values[0]
    return out


def randn_like(x):
    return x.like()


zeros_like = empty_like = randn_like


def mm(a, b, out=None):
    if a.shape[1] != b.shape[0] or a.dtype != b.dtype:
        raise RuntimeError(f"{a.shape} {a.dtype} @ {b.shape} {b.dtype}")
    if out is not None and out.shape != (a.shape[0], b.shape[1]):
        raise RuntimeError(f"out is {out.shape}")
    return a.like((a.shape[0], b.shape[1]))


def _scaled_mm(a, b, scale_a, scale_b, out_dtype, use_fast_accum):
    packed = 2 if a.dtype == float4_e2m1fn_x2 else 1
    blocks = {float8_e8m0fnu: 32, float8_e4m3fn: 16}.get(scale_a.dtype)
    for scale, rows in ((scale_a, a.shape[0]), (scale_b, b.shape[1])):
        needed = 1 if blocks is None else (
            128 * -(-rows // 128) * 4 * -(-a.shape[1] * packed // blocks // 4))
        if scale.count() != needed:
            raise RuntimeError(f"{scale.count()} scales, not {needed}")
    if a.shape[1] % 16 or a.shape[1] != b.shape[0]:
        raise RuntimeError("k")
    return mm(a, b).to(out_dtype)


def _grouped_mm(x, w, offs):
    if offs.dtype != int32 or offs.shape[0] != w.shape[0] or x.shape[1] != w.shape[1]:
        raise RuntimeError(f"{x.shape} in groups {offs.shape} @ {w.shape}")
    return x.like((x.shape[0], w.shape[2]))


def cat(parts, dim=0):
    shape = list(parts[0].shape)
    shape[dim] = sum(part.shape[dim] for part in parts)
    return parts[0].like(shape)


def stack(parts):
    return parts[0].like((len(parts),) + parts[0].shape)


def outer(a, b):
    return a.like((a.count(), b.count()))


def softmax(x, dim):
    return x.like()


def topk(x, k):
    return x.like(x.shape[:-1] + (k,)), x.like(x.shape[:-1] + (k,), int64)


def argsort(x, stable):
    return x.like()


def div(x, by, rounding_mode):
    return x.like()


def index_select(x, dim, index):
    return x.index_select(dim, index)


def compile(what, dynamic):
    return what


def manual_seed(seed):
    hooks.clear()


class no_grad:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def _foreach_norm(parts):
    return [part.like(()) for part in parts]


def _foreach_copy_(into, parts):
    if [t.shape for t in into] != [t.shape for t in parts]:
        raise RuntimeError("shapes")


def _foreach_zero_(parts):
    pass


def gradients(out, inputs, given, retain_graph=False):
    if out.shape != given.shape or not all(x.requires_grad for x in inputs):
        raise RuntimeError("grad")
    return [x.like() for x in inputs]


autograd = types.SimpleNamespace(grad=gradients)
linalg = types.SimpleNamespace(vector_norm=lambda x: x.like(()))

from . import cuda, distributed, nn, utils  # noqa: E402


class AdamW:
    def __init__(self, weights, lr, fused):
        self.weights = weights

    def step(self):
        if any(w.grad is None or w.grad.shape != w.shape for w in self.weights):
            raise RuntimeError("a weight without its gradient")
        return Tensor(())


optim = types.SimpleNamespace(AdamW=AdamW)
