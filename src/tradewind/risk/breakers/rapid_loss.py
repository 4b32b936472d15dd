"""A fast loss: the drop from the highest equity of the last minutes."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Age, Settings, Share
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.kernels.breakers import loss_floor_e8, loss_fraction
from tradewind.risk.alarm import Alarm, debt_words
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class RapidLoss(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of the highest equity seen within ``window_ns``."""

    limit: Share = 0.02
    window_ns: Age = 15 * NS_PER_MINUTE
    action: BreakerAction = BreakerAction.HALT
    rearm: Rearm = Rearm.NEXT_DAY


def _reset(book: Book, scope_key: str) -> None:
    book.equity_trail.clear()


def _calm_above(book: Book, settings: RapidLoss) -> int:
    # No reading can be higher than the peak.
    mark = max(book.peak_e8, book.high_water_e8, book.day_start_equity_e8)
    level: int = loss_floor_e8(mark, settings.limit)
    return level


@breaker("rapid_loss", RapidLoss(), severity=2, watch=Watch.EQUITY, calm_above=_calm_above, reset=_reset)
def rapid_loss(book: Book, hours: MarketHours, settings: RapidLoss) -> Sequence[Alarm]:
    """Found when equity has dropped by the limit from a reading within the window.

    Only readings inside the window count: the last one before it may be days old, and a loss over a weekend
    is not a fast one.
    """
    mark = max(book.peak_e8, book.high_water_e8, book.day_start_equity_e8)
    if book.equity_e8 > loss_floor_e8(mark, settings.limit):
        return ()  # no reading can be higher than the peak
    since = book.now_ns - settings.window_ns
    highest = 0
    for ts_ns, equity in reversed(book.equity_trail):
        if ts_ns < since:
            break
        highest = max(highest, equity)
    if highest <= 0 or book.equity_e8 > loss_floor_e8(highest, settings.limit):
        return ()
    loss = loss_fraction(highest, book.equity_e8)
    minutes = settings.window_ns / NS_PER_MINUTE
    reason = (
        f"The account lost {loss:.2%} within {minutes:g} minutes; {settings.limit:.2%} is allowed."
        f"{debt_words(book)}"
    )
    return (Alarm(BreakerScope.ACCOUNT, "", settings.action, loss, settings.limit, reason, settings.rearm),)
