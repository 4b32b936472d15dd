"""A position that has lost too much of what it cost: close it and leave the symbol alone."""

from collections.abc import Sequence
from typing import Literal

from tradewind.core.book import Book
from tradewind.core.money import notional_e8
from tradewind.core.settings import Settings, Share
from tradewind.kernels.breakers import loss_on_cost
from tradewind.risk.finding import Action, Finding, Rearm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker

_NEARLY = 0.999


class PositionLoss(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of cost. ``scope`` ``account`` halts everything, ``symbol`` only the symbol."""

    limit: Share = 0.05
    scope: Literal["symbol", "account"] = "symbol"
    action: Action = "close"
    rearm: Rearm = "next_day"


@breaker("position_loss", PositionLoss(), severity=3, watch=Watch.POSITIONS)
def position_loss(book: Book, hours: MarketHours, settings: PositionLoss) -> Sequence[Finding]:
    """Found for each position whose loss on cost, in its own currency, has reached the limit.

    With scope ``account`` each losing symbol is found with action ``close`` for itself, and the account is
    halted beside it.
    """
    found: list[Finding] = []
    allowed = settings.limit * _NEARLY
    for symbol, position in book.positions.items():
        lots = position.quantity_lots
        if lots == 0:
            continue
        mark = book.mark_ticks.get(symbol)
        if mark is None:
            continue  # a holding without a price is the matter of ``data_stale``
        numerator, denominator = book.instruments[symbol].ratio
        cost = position.cost_e8
        if cost - mark * lots * numerator / denominator < allowed * abs(cost):
            continue  # clearly inside; the exact figure is only wanted near the limit
        value = notional_e8(mark, lots, (numerator, denominator))
        loss = loss_on_cost(value, cost)
        if loss < settings.limit:
            continue
        reason = f"The position in {symbol} has lost {loss:.2%} of its cost; {settings.limit:.2%} is allowed."
        found.append(Finding("symbol", symbol, settings.action, loss, settings.limit, reason, settings.rearm))
        if settings.scope == "account" and len(found) == 1:
            found.append(Finding("account", "", "halt", loss, settings.limit, reason, settings.rearm))
    return found
