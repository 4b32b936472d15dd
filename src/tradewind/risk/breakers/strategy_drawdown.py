"""A strategy that has lost too much of its own capital: no new entries, whatever the others earn."""

from collections.abc import Sequence

import msgspec

from tradewind.core.book import Book
from tradewind.core.settings import Settings, Share
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.kernels.breakers import loss_floor_e8, loss_fraction
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker


class StrategyDrawdown(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of the most that the strategy's capital has been worth.

    Its capital is its share of the equity at the start, and what it has earned since. ``by_strategy`` sets
    a strategy's own limit.
    """

    limit: Share = 0.20
    by_strategy: dict[str, Share] = msgspec.field(default_factory=dict)
    action: BreakerAction = BreakerAction.HALT
    rearm: Rearm = Rearm.PERSON


def _reset(book: Book, scope_key: str) -> None:
    result = book.results.get(scope_key)
    if result is not None:
        result.peak_e8 = result.profit_e8


@breaker("strategy_drawdown", StrategyDrawdown(), severity=3, watch=Watch.STRATEGIES, reset=_reset)
def strategy_drawdown(book: Book, hours: MarketHours, settings: StrategyDrawdown) -> Sequence[Alarm]:
    """Found for each strategy whose capital is at or under the limit, at the end of a cycle: it alone is
    halted until a person says go.
    """
    found = []
    for strategy, result in book.results.items():
        share = book.shares.get(strategy, 1.0)
        highest = int(book.start_equity_e8 * share) + result.peak_e8
        worth = highest - (result.peak_e8 - result.profit_e8)
        limit = settings.by_strategy.get(strategy, settings.limit)
        if not strategy or highest <= 0 or worth > loss_floor_e8(highest, limit):
            continue
        loss = loss_fraction(highest, worth)
        reason = f"{strategy} has lost {loss:.2%} of its own capital; {limit:.2%} is allowed."
        found.append(
            Alarm(BreakerScope.STRATEGY, strategy, settings.action, loss, limit, reason, settings.rearm)
        )
    return found
