"""Views of many instruments to targets that fit together."""

from collections.abc import Mapping
from typing import NamedTuple

from tradewind.core.book import Book
from tradewind.core.errors import UnknownSymbolError
from tradewind.core.instruments import Instrument
from tradewind.portfolio.exposure import value_e8
from tradewind.portfolio.sizing import SizedTarget, SizingInputs, SizingSettings, size_target


class Target(NamedTuple):
    """What to hold of one instrument. ``lots`` are signed; ``steps`` as in :func:`size_target`."""

    instrument_id: str
    lots: int
    steps: dict[str, float]
    note: str


def forecasts_to_targets(
    views: Mapping[str, SizingInputs],
    instruments: Mapping[str, Instrument],
    book: Book,
    settings: SizingSettings,
    band: float = 0.0,
) -> list[Target]:
    """Targets of all instruments with a view, by instrument.

    Each is sized against the rest of the book as it stands; where the targets together would still pass the
    gross limit, all are scaled down alike (step ``scaled_together``). A change smaller than ``band`` (a
    fraction of equity) keeps what is held, unless the target is flat or on the other side.

    Raises
    ------
    UnknownSymbolError
        A view of an instrument that is not in ``instruments``.
    """
    sized: dict[str, SizedTarget] = {}
    for instrument_id in sorted(views):
        instrument = instruments.get(instrument_id)
        if instrument is None:
            message = f"There is a view of {instrument_id!r} and no such instrument."
            raise UnknownSymbolError(message, "Leave it out, or add the instrument.")
        sized[instrument_id] = size_target(views[instrument_id], instrument, book, settings)
    scale = _scale_together(sized, instruments, book, settings)
    targets = []
    for instrument_id, target in sized.items():
        lots, steps = target.target_lots, target.steps
        if scale < 1.0 and lots:
            lots = int(lots * scale)
            steps["scaled_together"] = value_e8(book, instruments[instrument_id], lots) / book.equity_e8
        kept = _inside_band(instrument_id, lots, instruments, book, band)
        if kept is not None:
            lots = kept
            steps["no_trade_band"] = value_e8(book, instruments[instrument_id], lots) / book.equity_e8
        targets.append(Target(instrument_id, lots, steps, target.note))
    return targets


def _scale_together(
    sized: Mapping[str, SizedTarget],
    instruments: Mapping[str, Instrument],
    book: Book,
    settings: SizingSettings,
) -> float:
    """Factor that brings all targets and what is held beside them under the gross limit; at most 1."""
    wanted = sum(
        abs(value_e8(book, instruments[instrument_id], target.target_lots))
        for instrument_id, target in sized.items()
        if target.target_lots
    )
    if wanted == 0:
        return 1.0
    beside = sum(
        abs(value_e8(book, book.instruments[instrument_id], position.quantity_lots))
        for instrument_id, position in book.positions.items()
        if position.quantity_lots and instrument_id not in sized
    )
    room = int(book.equity_e8 * (settings.gross_limit - settings.cash_reserve)) - beside
    return min(max(room, 0) / wanted, 1.0)


def _inside_band(
    instrument_id: str, lots: int, instruments: Mapping[str, Instrument], book: Book, band: float
) -> int | None:
    """The lots held, where the change to ``lots`` is too small to trade; else None."""
    position = book.positions.get(instrument_id)
    held = position.quantity_lots if position is not None else 0
    if band <= 0.0 or held == lots or held * lots <= 0:
        return None
    change = abs(value_e8(book, instruments[instrument_id], lots - held))
    return held if change < band * book.equity_e8 else None
