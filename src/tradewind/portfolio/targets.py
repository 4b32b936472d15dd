"""Views of many instruments to targets that fit together."""

from collections.abc import Mapping
from typing import NamedTuple

from tradewind.core.book import Book, PositionKey, capital_e8, held_lots
from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import Instrument, class_group
from tradewind.kernels.limits import cap_e8
from tradewind.portfolio.exposure import taken_beside, unpriced, value_e8
from tradewind.portfolio.sizing import SizedTarget, SizingInputs, SizingSettings, size_target, size_weight


class Target(NamedTuple):
    """What one holder is to have of an instrument. ``lots`` are signed; ``steps`` as in
    :func:`size_target`.
    """

    holder: PositionKey
    lots: int
    steps: dict[str, float]
    note: str


def forecasts_to_targets(
    views: Mapping[PositionKey, SizingInputs], book: Book, settings: SizingSettings, band: float = 0.0
) -> list[Target]:
    """Targets of all holders with a view, in order of their names.

    Each is sized against the rest of the book as it stands. What they would add together is then scaled down
    alike (step ``scaled_together``) until it fits under the gross limit and under each class's, in whatever
    order the orders fill: what is held counts until it is gone. A change smaller than ``band`` (a fraction of
    the strategy's capital) keeps what is held, unless the target is flat or on the other side.

    Raises
    ------
    UnknownSymbolError
        A view of an instrument that is not in the book.
    """
    sized: dict[PositionKey, SizedTarget] = {}
    for holder in sorted(views):
        if holder.instrument_id not in book.instruments:
            message = f"There is a view of {holder.instrument_id!r} and no such instrument."
            raise UnknownSymbolError(message, "Leave it out, or add the instrument.")
        sized[holder] = size_target(views[holder], holder, book, settings)
    return _together(sized, book, settings, band)


def weights_to_targets(
    weights: Mapping[PositionKey, float], book: Book, settings: SizingSettings
) -> list[Target]:
    """Targets of all holders of which somebody says which part of the capital they are to have.

    The same ceilings as in :func:`forecasts_to_targets`, alone and together.

    Raises
    ------
    UnknownSymbolError
        A weight is asked for something that is not in the book.
    """
    for holder in weights:
        if holder.instrument_id not in book.instruments:
            message = (
                f"A weight is asked for {holder.instrument_id!r}, which is no instrument of the session."
            )
            raise UnknownSymbolError(message, f"Name one of {', '.join(sorted(book.instruments))}.")
    sized = {holder: size_weight(weights[holder], holder, book, settings) for holder in sorted(weights)}
    return _together(sized, book, settings, 0.0)


def _together(
    sized: Mapping[PositionKey, SizedTarget], book: Book, settings: SizingSettings, band: float
) -> list[Target]:
    """What was sized one by one, scaled so that it fits together."""
    scales = _scales(sized, book, settings)
    targets = []
    for holder, target in sized.items():
        instrument, capital = book.instruments[holder.instrument_id], capital_e8(book, holder.strategy)
        lots, steps = target.target_lots, target.steps
        scale = scales[class_group(instrument.asset_class)]
        grows = abs(lots) - abs(held_lots(book, holder))
        if scale < 1.0 and grows > 0:
            size = abs(held_lots(book, holder)) + int(grows * scale)
            lots = size if lots > 0 else -size
            steps["scaled_together"] = value_e8(book, instrument, lots) / capital
        kept = _inside_band(holder, lots, instrument, book, band)
        if kept is not None:
            lots = kept
            steps["no_trade_band"] = value_e8(book, instrument, lots) / capital
        targets.append(Target(holder, lots, steps, target.note))
    return targets


def _scales(
    sized: Mapping[PositionKey, SizedTarget], book: Book, settings: SizingSettings
) -> dict[str, float]:
    """By class group, the part of what the targets add that fits under its limit and the gross one."""
    held: dict[str, int] = {}
    added: dict[str, int] = {}
    for holder, target in sized.items():
        instrument = book.instruments[holder.instrument_id]
        group = class_group(instrument.asset_class)
        known = not unpriced(book, instrument, holder.instrument_id)
        now = abs(value_e8(book, instrument, held_lots(book, holder))) if known else 0
        then = abs(value_e8(book, instrument, target.target_lots)) if target.target_lots else 0
        held[group] = held.get(group, 0) + now
        added[group] = added.get(group, 0) + max(then - now, 0)
    beside = taken_beside(book, sized)
    limit = settings.gross_limit - settings.cash_reserve
    taken = beside.gross_e8 + sum(held.values())
    of_all = _part(cap_e8(book.equity_e8, limit) - taken, sum(added.values()))
    scales = {}
    for group, wanted in added.items():
        room = cap_e8(book.equity_e8, settings.class_limits.of(group))
        room -= beside.by_class.get(group, 0) + held[group]
        scales[group] = min(of_all, _part(room, wanted))
    return scales


def _part(room_e8: int, wanted_e8: int) -> float:
    """Largest part of what is wanted that there is room for, 0 to 1."""
    return min(max(room_e8, 0) / wanted_e8, 1.0) if wanted_e8 > 0 else 1.0


def _inside_band(
    holder: PositionKey, lots: int, instrument: Instrument, book: Book, band: float
) -> int | None:
    """The lots held, where the change to ``lots`` is too small to trade; else None."""
    held = held_lots(book, holder)
    if band <= 0.0 or held == lots or held * lots <= 0:
        return None
    change = abs(value_e8(book, instrument, lots - held))
    return held if change < band * capital_e8(book, holder.strategy) else None
