"""The mark of a scalar kernel: one source, plain Python from the loop and compiled from array kernels."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba.extending import register_jitable

F = TypeVar("F", bound=Callable[..., object])


def scalar(function: F) -> F:
    """Leave ``function`` the plain Python that it is, and let compiled code call it as well."""
    return cast(F, register_jitable(function))
