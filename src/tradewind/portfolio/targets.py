"""Views of many instruments to targets that fit together."""

from collections.abc import Mapping
from typing import NamedTuple

from tradewind.core.book import Book, PositionKey, capital_e8, held_lots
from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import Instrument
from tradewind.portfolio.exposure import value_e8
from tradewind.portfolio.sizing import SizedTarget, SizingInputs, SizingSettings, size_target


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

    Each is sized against the rest of the book as it stands; where the targets together would still pass the
    gross limit, all are scaled down alike (step ``scaled_together``). A change smaller than ``band`` (a
    fraction of equity) keeps what is held, unless the target is flat or on the other side.

    Raises
    ------
    UnknownSymbolError
        A view of an instrument that is not in ``instruments``.
    """
    sized: dict[PositionKey, SizedTarget] = {}
    for holder in sorted(views):
        if holder.instrument_id not in book.instruments:
            message = f"There is a view of {holder.instrument_id!r} and no such instrument."
            raise UnknownSymbolError(message, "Leave it out, or add the instrument.")
        sized[holder] = size_target(views[holder], holder, book, settings)
    scale = _scale_together(sized, book, settings)
    targets = []
    for holder, target in sized.items():
        instrument, capital = book.instruments[holder.instrument_id], capital_e8(book, holder.strategy)
        lots, steps = target.target_lots, target.steps
        if scale < 1.0 and lots:
            lots = int(lots * scale)
            steps["scaled_together"] = value_e8(book, instrument, lots) / capital
        kept = _inside_band(holder, lots, instrument, book, band)
        if kept is not None:
            lots = kept
            steps["no_trade_band"] = value_e8(book, instrument, lots) / capital
        targets.append(Target(holder, lots, steps, target.note))
    return targets


def _scale_together(sized: Mapping[PositionKey, SizedTarget], book: Book, settings: SizingSettings) -> float:
    """Factor that brings all targets and what is held beside them under the gross limit; at most 1."""
    wanted = sum(
        abs(value_e8(book, book.instruments[holder.instrument_id], target.target_lots))
        for holder, target in sized.items()
        if target.target_lots
    )
    if wanted == 0:
        return 1.0
    beside = sum(
        abs(value_e8(book, book.instruments[holder.instrument_id], position.quantity_lots))
        for holder, position in book.positions.items()
        if position.quantity_lots and holder not in sized
    )
    room = int(book.equity_e8 * (settings.gross_limit - settings.cash_reserve)) - beside
    return min(max(room, 0) / wanted, 1.0)


def _inside_band(
    holder: PositionKey, lots: int, instrument: Instrument, book: Book, band: float
) -> int | None:
    """The lots held, where the change to ``lots`` is too small to trade; else None."""
    held = held_lots(book, holder)
    if band <= 0.0 or held == lots or held * lots <= 0:
        return None
    change = abs(value_e8(book, instrument, lots - held))
    return held if change < band * capital_e8(book, holder.strategy) else None
