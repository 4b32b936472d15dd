"""What a reader does with a change: the session as it stands, from the one before and what changed.

The page does the same in the browser; this is the reference that both are held against.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar

import msgspec

from tradewind.core.errors import JournalError
from tradewind.views.rows import Changes


class _Sequenced(Protocol):
    @property
    def seq(self) -> int: ...


R = TypeVar("R")
S = TypeVar("S", bound=_Sequenced)


def merge(before: Changes, change: Changes) -> Changes:
    """The session after ``change``; JournalError when it does not continue ``before``.

    A change may begin earlier than ``before`` ends: what is known already is simply said again.
    """
    if change.reset:
        return change
    if change.since > before.seq:
        message = f"A change since record {change.since} does not continue what is known up to {before.seq}."
        raise JournalError(message, f"Ask for the changes since {before.seq}.")
    limits = change.limits
    return msgspec.structs.replace(
        change,
        kind=before.kind,
        since=before.since,
        reset=before.reset,
        session=change.session or before.session,
        curve_after=before.curve_after,
        curve=[point for point in before.curve if point.seq <= change.curve_after] + change.curve,
        market=_replaced(before.market, change.market, lambda row: row.instrument_id),
        models=_replaced(
            before.models, change.models, lambda row: (row.model, row.timeframe, row.horizon_bars)
        ),
        positions=_replaced(
            before.positions, change.positions, lambda row: (row.account, row.strategy, row.instrument_id)
        ),
        forecasts=_replaced(
            before.forecasts,
            change.forecasts,
            lambda row: (row.instrument_id, row.model, row.timeframe, row.horizon_bars),
        ),
        breakers=_replaced(before.breakers, change.breakers, lambda row: row.key),
        feeds=_replaced(before.feeds, change.feeds, lambda row: row.feed),
        decisions=_newest(before.decisions, change.decisions, limits.decisions),
        open_orders=before.open_orders if change.open_orders is None else change.open_orders,
        closed_orders=_newest(before.closed_orders, change.closed_orders, limits.closed_orders),
        refusals=_newest(before.refusals, change.refusals, limits.refusals),
        notices=_newest(before.notices, change.notices, limits.notices),
    )


def _replaced(before: Sequence[R], changed: Sequence[R], key: Callable[[R], Hashable]) -> list[R]:
    """Rows by key: changed ones in the place of the old, new ones at the end."""
    rows = {key(row): row for row in before}
    rows.update((key(row), row) for row in changed)
    return list(rows.values())


def _newest(before: Sequence[S], changed: Sequence[S], limit: int) -> list[S]:
    """Newest first, each record once, at most ``limit``."""
    rows = {row.seq: row for row in (*before, *changed)}
    return [rows[seq] for seq in sorted(rows, reverse=True)[:limit]]
