"""One instrument's rows out of a source, under the name that it bore at each time, joined at the changes.

Most sources keep what was traded under the name of its day: `FB` until it was `META`, and before 2012 another
company's. Some follow the company and give all of it under the name of today; these say ``follows_names``.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tradewind.core.errors import DataError, NoDataError, UnknownSymbolError
from tradewind.core.instruments import instrument_id, symbol_of, venue_of
from tradewind.core.panel import BarColumns, Bools, Ints
from tradewind.core.ports import BarRequest, FollowsNames, HistoryProvider
from tradewind.core.timestamps import iso
from tradewind.data.adjustment import CorporateAction
from tradewind.data.raw import BESIDE, RawBars, RawProvider, raw_from_bars
from tradewind.data.reference.names import LATEST_NS, NameSpan

_COLUMNS = ("ts_event", "open", "high", "low", "close", "volume")
_SAME = ("source", "adjusted", "calendar", "synthetic", "has_ohlc", "has_volume")
"""What must be alike on both sides of a change: a price on another basis makes no return across the seam."""


def rows_of(provider: HistoryProvider, request: BarRequest, spans: Sequence[NameSpan] = ()) -> RawBars:
    """The rows asked for; ``spans`` are the names of the instrument, none where it has but one.

    Raises
    ------
    NoDataError, UnknownSymbolError
        The source has nothing under any of the names.
    DataError
        Its rows under two names are on different bases; or it cannot serve the request.
    """
    if not names_matter(request.instrument_id, spans):
        return _ask(provider, request, request.instrument_id)
    if isinstance(provider, FollowsNames) and provider.follows_names:
        newest = instrument_id(spans[-1].symbol, venue_of(request.instrument_id))
        raw = _ask(provider, request, newest)
        return _required(raw.take(inside(raw.ts_event, spans)), request)
    pieces: list[RawBars] = []
    lacking: list[DataError | UnknownSymbolError] = []
    for span in spans:
        start_ns, end_ns = max(request.start_ns, span.start_ns), min(request.end_ns, span.end_ns)
        if start_ns >= end_ns:
            continue
        name = instrument_id(span.symbol, venue_of(request.instrument_id))
        try:
            found = _ask(provider, replace(request, start_ns=start_ns, end_ns=end_ns), name)
        except (NoDataError, UnknownSymbolError) as error:
            lacking.append(error)
            continue
        pieces.append(found.named(request.instrument_id))
    if not pieces and lacking:
        raise lacking[-1]
    return _required(_joined(pieces), request) if pieces else _required(None, request)


def names_matter(name: str, spans: Sequence[NameSpan]) -> bool:
    """Whether an instrument's rows are not simply all that there are under its own symbol."""
    return bool(spans) and tuple(spans) != (NameSpan(symbol_of(name), 0, LATEST_NS),)


def of_its_time(bars: BarColumns, spans: Sequence[NameSpan]) -> BarColumns:
    """Bars without those of times at which the instrument was not there: another company's."""
    if not names_matter(bars.instrument_id, spans):
        return bars
    kept = inside(bars.ts_event, spans)
    return bars if kept.all() else replace(bars, **{name: getattr(bars, name)[kept] for name in _COLUMNS})


def inside(ts_event: Ints, spans: Sequence[NameSpan]) -> Bools:
    """Which of the times (T,) lie in a span."""
    found = np.zeros(len(ts_event), dtype=bool)
    for span in spans:
        found |= (ts_event >= span.start_ns) & (ts_event < span.end_ns)
    return found


def _ask(provider: HistoryProvider, request: BarRequest, name: str) -> RawBars:
    asked = replace(request, instrument_id=name)
    raw = (
        provider.raw_bars(asked) if isinstance(provider, RawProvider) else raw_from_bars(provider.bars(asked))
    )
    # A source speaks of symbols; what is kept is an instrument.
    return raw.named(request.instrument_id)


def _required(raw: RawBars | None, request: BarRequest) -> RawBars:
    if raw is not None and len(raw):
        return raw
    span = f"{iso(request.start_ns)[:10]} to {iso(request.end_ns)[:10]}"
    message = f"{request.instrument_id} has no bars in {span} under the names that it bore."
    raise NoDataError(message, "See its facts: tradewind data reference --symbols.")


def _joined(pieces: Sequence[RawBars]) -> RawBars:
    first = pieces[0]
    for later in pieces[1:]:
        differing = [name for name in _SAME if getattr(first, name) != getattr(later, name)]
        if differing:
            name = differing[0]
            message = (
                f"The bars of {first.instrument_id} differ in {name} across a change of its name: "
                f"{getattr(first, name)} and {getattr(later, name)}."
            )
            raise DataError(message, "Take both from one source, on one basis.")
    merged: dict[str, Any] = {
        name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in _COLUMNS
    }
    for name in BESIDE:
        told = [getattr(piece, name) for piece in pieces]
        if any(values is not None for values in told):
            known = [np.full(len(p), np.nan) if v is None else v for p, v in zip(pieces, told, strict=True)]
            merged[name] = np.concatenate(known)
    return replace(first, **merged, actions=_actions(pieces))


def _actions(pieces: Sequence[RawBars]) -> tuple[CorporateAction, ...] | None:
    """All that is known; None where nothing is known under any name."""
    if all(piece.actions is None for piece in pieces):
        return None
    return tuple(action for piece in pieces for action in piece.actions or ())
