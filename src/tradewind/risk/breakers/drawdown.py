"""Drawdown from the high-water mark: liquidate, and halt until a person says go."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Settings, Share
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.kernels.breakers import loss_floor_e8, loss_fraction
from tradewind.risk.alarm import Alarm, debt_words
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class Drawdown(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of the high-water mark, which is at least the equity at the start."""

    limit: Share = 0.10
    action: BreakerAction = BreakerAction.LIQUIDATE
    rearm: Rearm = Rearm.PERSON


def _reset(book: Book, scope_key: str) -> None:
    book.high_water_e8 = book.equity_e8


def _calm_above(book: Book, settings: Drawdown) -> int:
    level: int = loss_floor_e8(book.high_water_e8, settings.limit)
    return level


@breaker("drawdown", Drawdown(), severity=0, watch=Watch.EQUITY, calm_above=_calm_above, reset=_reset)
def drawdown(book: Book, hours: MarketHours, settings: Drawdown) -> Sequence[Alarm]:
    """Found at equity on or under the limit. A person who arms it again begins the mark anew; the largest
    drawdown that is shown stays.
    """
    reference = book.high_water_e8
    if reference <= 0 or book.equity_e8 > loss_floor_e8(reference, settings.limit):
        return ()
    loss = loss_fraction(reference, book.equity_e8)
    reason = f"Equity is {loss:.2%} under its mark; {settings.limit:.2%} is allowed.{debt_words(book)}"
    return (Alarm(BreakerScope.ACCOUNT, "", settings.action, loss, settings.limit, reason, settings.rearm),)
