"""Whether what an instrument says of itself can be: grids, amounts and fees."""

import math
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from tradewind.core.instruments import AssetClass, Instrument


class InstrumentFault(NamedTuple):
    """What is wrong: the field, the sentence that names it with its value, and what to write instead."""

    field: str
    message: str
    step: str


def instrument_fault(instrument: Instrument) -> InstrumentFault | None:
    """The first fault of an instrument; None where there is none.

    Types are looked at too: a struct takes whatever it is given. That its venue is a name was checked where
    its id was made; a calendar's name is checked where it is opened.
    """
    for field in ("symbol", "quote_currency", "calendar"):
        text = getattr(instrument, field)
        if not isinstance(text, str) or not text.strip():
            message = f"The {field} of {instrument.symbol!r} on {instrument.venue!r} is {text!r}."
            return InstrumentFault(field, message, "Give it a name, such as MSFT, USD or XNYS.")
    name = instrument.id
    if instrument.asset_class not in tuple(AssetClass):
        message = f"{name} has the asset class {instrument.asset_class!r}."
        return InstrumentFault("asset_class", message, f"Use one of {', '.join(AssetClass)}.")
    for grid in ("tick_size", "lot_size"):
        if not _is_amount(getattr(instrument, grid), least_is_inside=False):
            step = "Write an exact decimal above nothing, such as '0.01'."
            return _fault(instrument, grid, step)
    for bound in ("minimum_notional", "minimum_quantity", "maximum_quantity"):
        said: object = getattr(instrument, bound)
        if said != "" and not _is_amount(said):
            return _fault(instrument, bound, "Write an exact decimal, such as '5', or nothing.")
    if 0 < instrument.most_lots < max(instrument.least_lots, 1) or (
        instrument.maximum_quantity and Decimal(instrument.maximum_quantity) > 0 == instrument.most_lots
    ):
        return _fault(instrument, "maximum_quantity", "Write no less than the least, and than a lot.")
    spread: object = instrument.half_spread_bps
    if not isinstance(spread, int | float) or not 0.0 <= spread < math.inf:
        return _fault(instrument, "half_spread_bps", "Give basis points, 0 or more.")
    return _fee_fault(instrument)


def _fee_fault(instrument: Instrument) -> InstrumentFault | None:
    """A maker may be paid; whatever else is taken is not below nothing, or trading would earn by itself."""
    for name in ("taker_rate_e8", "per_unit_e8", "minimum_e8"):
        if instrument.fees is not None and getattr(instrument.fees, name) < 0:
            message = f"The fees of {instrument.id} have {name} {getattr(instrument.fees, name)}."
            return InstrumentFault(name, message, "Give 0 or more; only maker_rate_e8 may be a rebate.")
    return None


def _fault(instrument: Instrument, field: str, step: str) -> InstrumentFault:
    message = f"The {field} of {instrument.id} is {getattr(instrument, field)!r}."
    return InstrumentFault(field, message, step)


def _is_amount(value: object, *, least_is_inside: bool = True) -> bool:
    """Whether it is the text of a finite number of nothing (or not, where that is no step) or more."""
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return False
    return number is not None and number.is_finite() and (number > 0 or (least_is_inside and number == 0))
