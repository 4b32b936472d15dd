"""What a stream ended with: what waiting mends, and what is a fault of somebody's code."""

import asyncio

from tradewind.core.errors import DataError, NetworkError, RateLimitedError, StaleDataError, TradewindError

PASSING = (NetworkError, StaleDataError, RateLimitedError)
"""Errors after which a source is asked again; any other ends it."""


def ended_with(done: "asyncio.Task[None]") -> TradewindError | None:
    """The typed error that a task ended with; None for any other end, which whoever awaits the task hears."""
    error = None if done.cancelled() else done.exception()
    return error if isinstance(error, TradewindError) else None


def typed_fault(error: BaseException) -> TradewindError:
    """The error itself where it is one of ours; else one that says what broke, with its cause."""
    if isinstance(error, TradewindError):
        return error
    fault = DataError(
        f"The live feed broke: {type(error).__name__}: {error}.", "Start the session again under its name."
    )
    fault.__cause__ = error
    return fault
