"""A strategy that loses several trades in a row rests until the next trading day."""

from collections.abc import Sequence

from tradewind.core.book import Book
from tradewind.core.settings import Settings, Some
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class LosingTrades(Settings, frozen=True, kw_only=True):
    """``limit`` losing trades in a row of one strategy."""

    limit: Some = 3
    action: BreakerAction = BreakerAction.HALT
    rearm: Rearm = Rearm.NEXT_DAY


def _reset(book: Book, scope_key: str) -> None:
    book.losses_in_row[scope_key] = 0


@breaker(
    "losing_trades",
    LosingTrades(),
    severity=4,
    watch=Watch.TRADES,
    reset=_reset,
    reset_by_day=True,
)
def losing_trades(book: Book, hours: MarketHours, settings: LosingTrades) -> Sequence[Alarm]:
    """Found for each strategy at the limit: a round trip is one trade, however many fills it took. The next
    day counts anew.
    """
    found = []
    for strategy, losses in book.losses_in_row.items():
        if losses >= settings.limit:
            reason = f"{strategy} lost {losses} trades in a row; it rests after {settings.limit}."
            found.append(
                Alarm(
                    BreakerScope.STRATEGY,
                    strategy,
                    settings.action,
                    float(losses),
                    float(settings.limit),
                    reason,
                    settings.rearm,
                )
            )
    return found
