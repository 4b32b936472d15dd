"""An account by day: equity at each day's end, and what it returned without what owners paid in or took."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tradewind.app.session.last_session import with_books
from tradewind.core.book import Book
from tradewind.core.decisions import AccountMarked
from tradewind.core.events import Record, SessionStarted
from tradewind.core.journal_ports import KindReader
from tradewind.core.money import CASH_SCALE
from tradewind.core.panel import Floats, Ints
from tradewind.core.trading_calendar import account_day
from tradewind.engine.rebuilt_book import KINDS
from tradewind.validation.periods import up_to_ruin


@dataclass(frozen=True)
class DailyAccount:
    """The account by day (D,), amounts in whole units of the base currency.

    Attributes
    ----------
    start_ts, start
        When the session began (UTC ns), and the capital that it began with.
    ts_ns, equity
        The last valuation of each day of the account: UTC ns and equity. A day without one is left out.
    returns
        Simple return of each day on the equity of the day before (for the first on the capital), after
        costs; capital that came or went on a day is taken off its end. -1 on the day on which all is lost,
        then 0.
    profit
        Change of equity less capital that came.
    gross, net
        Exposure at the day's end as a fraction of equity; 0 where equity is not positive.
    """

    start_ts: int
    start: float
    ts_ns: Ints
    equity: Floats
    returns: Floats
    profit: Floats
    gross: Floats
    net: Floats

    def __len__(self) -> int:
        return len(self.ts_ns)


@dataclass(frozen=True)
class _End:
    """One day's last valuation, in 1e-8 of the base currency; ``capital_e8`` is all that was paid in."""

    ts_ns: int
    equity_e8: int
    capital_e8: int
    gross_e8: int
    net_e8: int


class DailyEquity:
    """Follows the records of one session with the book after each, and gives the account by day."""

    def __init__(self) -> None:
        self._ends: dict[int, _End] = {}
        self._start_ts = 0

    def take(self, record: Record, book: Book) -> None:
        """Follow one record; ``book`` is as it stands after it."""
        event = record.event
        if isinstance(event, AccountMarked):
            # Whatever counts as capital has moved the book's start: deposits, holdings that were adopted,
            # cash in a currency that had no rate before.
            self._ends[account_day(event.ts_event)] = _End(
                event.ts_event, event.equity_e8, book.start_equity_e8, event.gross_e8, event.net_e8
            )
        elif isinstance(event, SessionStarted):
            self._start_ts = event.ts_event

    def account(self) -> DailyAccount:
        """The days so far."""
        ends = list(self._ends.values())
        # What was paid in by the end of the first day counts as there from its start.
        begun = _End(self._start_ts, ends[0].capital_e8, ends[0].capital_e8, 0, 0) if ends else None
        days = [] if begun is None else list(pairwise([begun, *ends]))
        profits = [
            end.equity_e8 - (end.capital_e8 - before.capital_e8) - before.equity_e8 for before, end in days
        ]
        returns = [
            profit / before.equity_e8 if before.equity_e8 > 0 else 0.0
            for profit, (before, _) in zip(profits, days, strict=True)
        ]
        equity = [end.equity_e8 for end in ends]
        return DailyAccount(
            start_ts=self._start_ts,
            start=begun.equity_e8 / CASH_SCALE if begun is not None else 0.0,
            ts_ns=np.array([end.ts_ns for end in ends], np.int64),
            equity=np.array(equity, np.float64) / CASH_SCALE,
            returns=up_to_ruin(np.array(returns, np.float64)),
            profit=np.array(profits, np.float64) / CASH_SCALE,
            gross=_shares([end.gross_e8 for end in ends], equity),
            net=_shares([end.net_e8 for end in ends], equity),
        )


def daily_account(reader: KindReader) -> DailyAccount:
    """The account by day of a journal's last session.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    daily = DailyEquity()
    for record, book in with_books(reader, KINDS):
        daily.take(record, book)
    return daily.account()


def daily_equity(reader: KindReader) -> tuple[Ints, Floats]:
    """``(ts, equity)``, (D + 1,) each: UTC ns and equity in the base currency, the session's start first.

    Where no capital came or went, the changes of ``equity`` are the daily returns of all figures.

    Raises
    ------
    JournalError
        The journal holds no session.
    """
    account = daily_account(reader)
    return (
        np.concatenate([[account.start_ts], account.ts_ns]).astype(np.int64),
        np.concatenate([[account.start], account.equity]),
    )


def _shares(parts: list[int], whole: list[int]) -> Floats:
    return np.array([p / w if w > 0 else 0.0 for p, w in zip(parts, whole, strict=True)], np.float64)
