import contextlib
import types

SDPBackend = types.SimpleNamespace(CUDNN_ATTENTION=1, FLASH_ATTENTION=2)
active = []


@contextlib.contextmanager
def sdpa_kernel(backend):
    active.append(backend)
    yield
    active.pop()
