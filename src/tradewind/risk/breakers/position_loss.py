"""A position that has lost too much of what it cost: close it and leave the instrument alone."""

from collections.abc import Sequence
from typing import Literal

from tradewind.core.book import Book, quoted_value_e8
from tradewind.core.settings import Settings, Share
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.kernels.breakers import loss_on_cost
from tradewind.risk.alarm import Alarm
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import Watch, breaker

_NEARLY = 0.999


class PositionLoss(Settings, frozen=True, kw_only=True):
    """``limit`` as a fraction of cost. ``scope`` ``account`` halts everything, ``instrument`` only the
    instrument.
    """

    limit: Share = 0.05
    scope: Literal["instrument", "account"] = "instrument"
    action: BreakerAction = BreakerAction.CLOSE
    rearm: Rearm = Rearm.NEXT_DAY


@breaker("position_loss", PositionLoss(), severity=3, watch=Watch.POSITIONS)
def position_loss(book: Book, hours: MarketHours, settings: PositionLoss) -> Sequence[Alarm]:
    """Found for each position whose loss on cost, in its own currency, has reached the limit; dividends that
    were booked on what is held make the loss smaller, those that a short paid make it larger.

    With scope ``account`` each losing instrument is found with action ``close`` for itself, and the account
    is halted beside it.
    """
    found: list[Alarm] = []
    allowed = settings.limit * _NEARLY
    for position in book.positions.values():
        instrument_id = position.instrument_id
        lots = position.quantity_lots
        if lots == 0:
            continue
        mark = book.mark_ticks.get(instrument_id)
        if mark is None:
            continue  # a holding without a price is the matter of ``data_stale``
        numerator, denominator = book.instruments[instrument_id].ratio
        cost, income = position.cost_e8, position.held_income_e8
        if cost - income - mark * lots * numerator / denominator < allowed * abs(cost):
            continue  # clearly inside; the exact figure is only wanted near the limit
        loss = loss_on_cost(quoted_value_e8(book, instrument_id, lots) + income, cost)
        if loss < settings.limit:
            continue
        reason = (
            f"The position in {instrument_id} has lost {loss:.2%} of its cost; "
            f"{settings.limit:.2%} is allowed."
        )
        found.append(
            Alarm(
                BreakerScope.INSTRUMENT,
                instrument_id,
                settings.action,
                loss,
                settings.limit,
                reason,
                settings.rearm,
            )
        )
        if settings.scope == "account" and len(found) == 1:
            found.append(
                Alarm(
                    BreakerScope.ACCOUNT, "", BreakerAction.HALT, loss, settings.limit, reason, settings.rearm
                )
            )
    return found
