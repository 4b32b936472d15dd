"""The provider over what was imported."""

from collections.abc import Sequence
from pathlib import Path

from tradewind.core.errors import NoDataError, NoTimeframeError, UnknownSymbolError
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import iso
from tradewind.data.adjustment import adjust
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS
from tradewind.data.repair import RepairPlan, repair
from tradewind.data.vendors.files.kept import read_instruments, read_rows, timeframes

NAME = "files"


@PROVIDERS.register(NAME)
class FilesProvider:
    """Bars of your own, brought in with ``tradewind data import``; no network, no key."""

    name = NAME

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def symbols(self) -> Sequence[str]:
        """Symbols of what was imported, once each."""
        return sorted({one.symbol for one in read_instruments(self._folder).values()})

    def instrument(self, symbol: str) -> Instrument:
        """What an imported instrument is; UnknownSymbolError where nothing of that name was imported."""
        return find_instrument(read_instruments(self._folder), symbol)

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Rows as they came in their file.

        Raises
        ------
        UnknownSymbolError
            Nothing of it was imported.
        NoDataError
            It was imported, but not in that timeframe, or nothing in that span.
        """
        name = request.instrument_id
        offers = timeframes(self._folder, name)
        if not offers:
            known = ", ".join(sorted(read_instruments(self._folder))) or "nothing"
            message = f"No bars of {name!r} were imported."
            raise UnknownSymbolError(message, f"Imported is {known}; add more with `tradewind data import`.")
        raw = read_rows(self._folder, name, request.timeframe)
        if raw is None:
            message = f"No {request.timeframe} bars of {name} were imported."
            raise NoTimeframeError(message, f"There are {', '.join(offers)}.", offers=offers)
        cut = raw.between(request.start_ns, request.end_ns)
        if not len(cut):
            span = f"{iso(int(raw.ts_event.min()))} to {iso(int(raw.ts_event.max()))}"
            asked = f"{iso(request.start_ns)[:10]} to {iso(request.end_ns)[:10]}"
            message = f"No bar of {name} that was imported lies within {asked}, the days asked for."
            raise NoDataError(message, f"They reach from {span}: ask for days of these (--start, --end).")
        return cut

    def bars(self, request: BarRequest) -> BarColumns:
        """Bars in order, without empty rows, adjusted as of the request's end where actions are known."""
        raw = self.raw_bars(request)
        clean = bars_from_raw(repair(raw, RepairPlan()).raw)
        return clean if raw.actions is None else adjust(clean, raw.actions, request.end_ns - 1)
