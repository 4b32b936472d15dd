"""Loss since the day began."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Settings, Share
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.kernels.breakers import loss_floor_e8, loss_fraction
from tradewind.risk.alarm import Alarm, debt_words
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class DailyLoss(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of the equity with which the day began."""

    limit: Share = 0.02
    action: BreakerAction = BreakerAction.HALT
    rearm: Rearm = Rearm.NEXT_DAY


def _reset(book: Book, scope_key: str) -> None:
    book.day_start_equity_e8 = book.equity_e8


def _calm_above(book: Book, settings: DailyLoss) -> int:
    level: int = loss_floor_e8(book.day_start_equity_e8, settings.limit)
    return level


@breaker("daily_loss", DailyLoss(), severity=1, watch=Watch.EQUITY, calm_above=_calm_above, reset=_reset)
def daily_loss(book: Book, hours: MarketHours, settings: DailyLoss) -> Sequence[Alarm]:
    """Found at equity on or under the day's floor."""
    reference = book.day_start_equity_e8
    if reference <= 0 or book.equity_e8 > loss_floor_e8(reference, settings.limit):
        return ()
    loss = loss_fraction(reference, book.equity_e8)
    reason = f"The account has lost {loss:.2%} today; {settings.limit:.2%} is allowed.{debt_words(book)}"
    return (Alarm(BreakerScope.ACCOUNT, "", settings.action, loss, settings.limit, reason, settings.rearm),)
