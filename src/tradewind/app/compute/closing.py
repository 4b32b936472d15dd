"""Mappers that end with a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from tradewind.core.ports import Mapper


@contextmanager
def closing(mapper: Mapper) -> Iterator[Mapper]:
    """A mapper whose worker processes or cluster connection end with the block."""
    try:
        yield mapper
    finally:
        let_go(mapper)


def let_go(mapper: Mapper) -> None:
    """End the mapper's workers; the next map starts fresh ones.

    Between families of models this keeps a worker from carrying every library at once: torch and three tree
    libraries in each of two workers would fill the demo's memory.
    """
    close = getattr(mapper, "close", None)
    if close is not None:
        close()
