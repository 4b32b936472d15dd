"""What a session came to: orders, equity, Sharpe with its interval, costs, and what stopped it."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tradewind.app.session.blocked import blocked_words, last_word, too_small
from tradewind.app.session.statistics import session_statistics
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
from tradewind.journal.opening import open_reader

FEW_DAYS = 250
"""Under about a year of days a Sharpe ratio says next to nothing; it is shown with that word."""


@dataclass(frozen=True)
class SessionOutcome:
    """Figures are those of the session's report, money in the base currency.

    ``sharpe`` has its 95 % bootstrap interval and is None where it is not defined; ``return_pct`` is NaN in a
    session of one day. ``costs`` is commission and slippage (spread and impact) together.
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
    costs: float
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
    last_word: str
    """Of a session without one order: its newest decision; else empty."""
    too_small: tuple[str, ...]
    """Of which instruments a strategy of one's own wanted less than one lot."""

    def words(self) -> str:
        """One paragraph for people."""
        counts = ", ".join(_counted(n, one) for n, one in self._counts())
        grown = f" ({self.return_pct:+.2f} %)" if math.isfinite(self.return_pct) else ""
        costs = f"{self.costs:,.2f} {self.currency}"
        money = f"{self.equity_start:,.2f} to {self.equity_end:,.2f} {self.currency}"
        lines = [
            f"{counts}.",
            f"Equity {money}{grown}, {self._sharpe_words()}, "
            f"largest drawdown {100 * self.max_drawdown:.2f} %, costs {costs}.",
        ]
        tripped = [f"{name} {'once' if n == 1 else f'{n:,} times'}" for name, n in self.breakers.items()]
        stood = [f"{name} {n:,}" for name, n in self.refused.items()]
        if stood:
            lines.append(f"Orders that a limit stood against: {', '.join(stood)}.")
        lines.append(f"Breakers tripped: {', '.join(tripped) or 'none'}.")
        lines += [f"At its end: {words}." for words in self.blocked]
        lines += self.too_small
        if self.last_word:
            lines.append(f"Not one order was sent. {self.last_word}")
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
            return f"no Sharpe ratio ({self.days} days, or none on which it moved)"
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
    trips: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    orders, refusal = 0, ""
    failed: Counter[str] = Counter()
    kinds = (AccountMarked, BreakerTripped, InstrumentFailed, OrderRefused, OrderRequested)
    with open_reader(journal) as reader:
        for record in reader.read_kind(*kinds):
            match record.event:
                case AccountMarked() as mark:
                    marks.append(mark)
                case BreakerTripped() as trip:
                    trips[trip.breaker] += 1
                case OrderRefused() as stood:
                    refused[stood.refusal.rule] += 1
                    refusal = stood.refusal.reason
                case InstrumentFailed() as one:
                    failed[one.error] += 1
                case _:
                    orders += 1
    if not marks:
        message = f"The session in {journal.name} has not valued its account yet."
        raise JournalError(message, "Let it go on, or run tradewind audit verify on its journal.")
    start, end = (float(cash_to_decimal(mark.equity_e8)) for mark in (marks[0], marks[-1]))
    with open_reader(journal) as reader:
        figures = session_statistics(reader)
        word = "" if orders else last_word(reader)
        small = too_small(reader)
    returns, interval = figures.returns, figures.intervals.get("sharpe")
    known = math.isfinite(returns.sharpe) and interval is not None
    return SessionOutcome(
        orders=orders,
        fills=figures.costs.fills,
        trades=figures.trades.trades,
        equity_start=start,
        equity_end=end,
        return_pct=returns.total_return_pct,
        sharpe=returns.sharpe if known else None,
        sharpe_interval=(interval.low, interval.high) if known and interval is not None else None,
        days=figures.days,
        max_drawdown=max(mark.drawdown_pct for mark in marks) / 100.0,
        costs=float(figures.costs.cost),
        breakers=dict(trips),
        blocked=blocked_words(book),
        currency=book.base_currency,
        refused=dict(refused),
        refusal=refusal,
        failed=dict(failed),
        last_word=word,
        too_small=small,
    )


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
