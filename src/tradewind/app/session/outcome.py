"""What a session came to: orders, equity, Sharpe with its interval, costs, and what stopped it."""

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from tradewind.app.session.blocked import blocked_words
from tradewind.core.accounts import TradeClosed
from tradewind.core.book import Book
from tradewind.core.decisions import (
    AccountMarked,
    BreakerTripped,
    InstrumentFailed,
    OrderRefused,
    OrderRequested,
)
from tradewind.core.errors import JournalError
from tradewind.core.money import cash_to_decimal
from tradewind.core.orders import OrderFilled
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.journal.opening import open_reader
from tradewind.validation.performance import NetReturns, performance_intervals
from tradewind.views.explanation.costs import cost_of

FEW_DAYS = 250
"""Under about a year of days a Sharpe ratio says next to nothing; it is shown with that word."""
_YEAR_DAYS = 365.25


@dataclass(frozen=True)
class SessionOutcome:
    """Money in the base currency. ``sharpe`` is a year's, of daily returns, with a 95 % bootstrap interval;
    None where the equity never moved. ``costs`` is commission and slippage (spread and impact) together.
    """

    orders: int
    fills: int
    trades: int
    equity_start: float
    equity_end: float
    return_pct: float
    sharpe: float | None
    sharpe_interval: tuple[float, float] | None
    days: int
    max_drawdown: float
    costs: float | None
    """None where a fee was paid in a coin that the session knows no rate of."""
    breakers: dict[str, int]
    """How often each breaker tripped."""
    blocked: tuple[str, ...]
    currency: str
    refused: dict[str, int]
    """How many orders each limit stood against."""
    refusal: str
    """The newest of these limits' words; empty where there is none."""
    failed: dict[str, int]
    """How often deciding for an instrument failed, by the error."""

    def words(self) -> str:
        """One paragraph for people."""
        counts = ", ".join(_counted(n, one) for n, one in self._counts())
        costs = "unknown" if self.costs is None else f"{self.costs:,.2f} {self.currency}"
        money = f"{self.equity_start:,.2f} to {self.equity_end:,.2f} {self.currency}"
        lines = [
            f"{counts}.",
            f"Equity {money} ({self.return_pct:+.2f} %), {self._sharpe_words()}, "
            f"largest drawdown {self.max_drawdown:.2%}, costs {costs}.",
        ]
        tripped = [f"{name} {'once' if n == 1 else f'{n:,} times'}" for name, n in self.breakers.items()]
        stood = [f"{name} {n:,}" for name, n in self.refused.items()]
        if stood:
            lines.append(f"Orders that a limit stood against: {', '.join(stood)}.")
        lines.append(f"Breakers tripped: {', '.join(tripped) or 'none'}.")
        lines += [f"At its end: {words}." for words in self.blocked]
        if self.failed:
            error, times = max(self.failed.items(), key=lambda one: one[1])
            lines.append(
                f"Deciding failed {sum(self.failed.values()):,} times, {times:,} of them so: {error}"
            )
        return "\n".join(lines)

    def _counts(self) -> tuple[tuple[int, str], ...]:
        return (self.orders, "order"), (self.fills, "fill"), (self.trades, "closed trade")

    def _sharpe_words(self) -> str:
        if self.sharpe is None or self.sharpe_interval is None:
            return "no Sharpe ratio (the equity never moved)"
        low, high = self.sharpe_interval
        few = ", too few to tell skill from luck" if self.days < FEW_DAYS else ""
        return f"Sharpe {self.sharpe:.2f} (95 % interval {low:.2f} to {high:.2f}; {self.days} days{few})"


def session_outcome(journal: Path, book: Book) -> SessionOutcome:
    """What a session came to, by its journal and the book at its end.

    Raises
    ------
    JournalError
        The account has not been valued yet.
    """
    marks: list[AccountMarked] = []
    fills: dict[str, list[OrderFilled]] = {}
    trips: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    orders, trades, refusal = 0, 0, ""
    failed: Counter[str] = Counter()
    kinds = (
        AccountMarked,
        BreakerTripped,
        InstrumentFailed,
        OrderFilled,
        OrderRefused,
        OrderRequested,
        TradeClosed,
    )
    with open_reader(journal) as reader:
        for record in reader.read_kind(*kinds):
            match record.event:
                case AccountMarked() as mark:
                    marks.append(mark)
                case BreakerTripped() as trip:
                    trips[trip.breaker] += 1
                case OrderFilled() as fill:
                    fills.setdefault(fill.instrument_id, []).append(fill)
                case OrderRefused() as stood:
                    refused[stood.refusal.rule] += 1
                    refusal = stood.refusal.reason
                case OrderRequested():
                    orders += 1
                case InstrumentFailed() as one:
                    failed[one.error] += 1
                case _:
                    trades += 1
    if not marks:
        message = f"The session in {journal.name} has not valued its account yet."
        raise JournalError(message, "Let it go on, or run tradewind audit verify on its journal.")
    start, end = (float(cash_to_decimal(mark.equity_e8)) for mark in (marks[0], marks[-1]))
    sharpe, interval, days = _sharpe(marks)
    return SessionOutcome(
        orders=orders,
        fills=sum(map(len, fills.values())),
        trades=trades,
        equity_start=start,
        equity_end=end,
        return_pct=100.0 * (end / start - 1.0) if start > 0 else math.nan,
        sharpe=sharpe,
        sharpe_interval=interval,
        days=days,
        max_drawdown=max(mark.drawdown_pct for mark in marks) / 100.0,
        costs=_costs(fills, book),
        breakers=dict(trips),
        blocked=blocked_words(book),
        currency=book.base_currency,
        refused=dict(refused),
        refusal=refusal,
        failed=dict(failed),
    )


def _sharpe(marks: list[AccountMarked]) -> tuple[float | None, tuple[float, float] | None, int]:
    """Of the last equity of each UTC day on which the account was marked, as many a year as there were."""
    closes = {mark.ts_event // NS_PER_DAY: mark.equity_e8 for mark in marks}
    day, equity = np.array(list(closes)), np.array(list(closes.values()), dtype=np.float64)
    if len(day) < 3 or equity.min() <= 0:
        return None, None, max(len(day) - 1, 0)
    net = np.diff(equity) / equity[:-1]
    if not net.any():
        return None, None, len(net)
    per_year = _YEAR_DAYS * len(net) / float(day[-1] - day[0])
    none = np.zeros_like(net)
    series = NetReturns(day[1:] * NS_PER_DAY, net, net, none, none, per_year)
    found = performance_intervals(series)["sharpe"]
    return found.value, (found.low, found.high), len(net)


def _costs(fills: dict[str, list[OrderFilled]], book: Book) -> float | None:
    """At the last rates."""
    rates = {name: Fraction(*rate) for name, rate in book.rates.items()} | {book.base_currency: Fraction(1)}
    owed = {fill.fee_currency for of_one in fills.values() for fill in of_one} - {"", *rates}
    if owed:
        return None
    paid = (
        cost_of(of_one, book.instruments[name], rates, book.base_currency).total_e8
        for name, of_one in fills.items()
    )
    return float(cash_to_decimal(sum(paid)))


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
