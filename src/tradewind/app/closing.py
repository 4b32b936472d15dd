"""Mappers that end with a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from tradewind.core.ports import Mapper

PRELOAD = ("numpy", "numba", "lightgbm", "xgboost", "sklearn.linear_model", "sklearn.ensemble")
"""What worker processes import once, before work is handed out."""


@contextmanager
def closing(mapper: Mapper) -> Iterator[Mapper]:
    """A mapper whose worker processes or cluster connection end with the block."""
    try:
        yield mapper
    finally:
        close = getattr(mapper, "close", None)
        if close is not None:
            close()
