"""How many threads a worker may use: one. Pools that spin on shared cores made training 10 times slower."""

from collections.abc import Iterator
from contextlib import contextmanager

THREADS = 1
"""OpenMP, BLAS, boosting and ONNX Runtime threads of one worker; more work means more workers."""


@contextmanager
def limited_threads(threads: int = THREADS) -> Iterator[None]:
    """Hold the BLAS and OpenMP pools that are loaded to ``threads`` while the block runs."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=threads):
        yield


@contextmanager
def limited_torch_threads(threads: int = THREADS) -> Iterator[None]:
    """Hold torch's own pool to ``threads`` while the block runs."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
