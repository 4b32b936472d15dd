"""A universe for people: who is in as of a moment, and which filter left the others out."""

from collections.abc import Sequence

from tradewind.app.config import TradewindConfig
from tradewind.app.market.calendars import releases_by_instrument
from tradewind.app.market.candidates import candidate_of
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.universe_config import AT, UniverseConfig
from tradewind.core.errors import StoreError
from tradewind.core.panel import BarColumns
from tradewind.data.choices import accepted_edits, read_choices
from tradewind.data.edits import edit_bars
from tradewind.data.history import known_actions
from tradewind.data.keeping import read_calendar
from tradewind.data.reference.facts import read_facts
from tradewind.data.universe.screening import Standing, filter_settings, screen
from tradewind.store.bars import load_series, stored_series
from tradewind.store.tables import Tables


def universe_as_of(
    config: TradewindConfig, symbols: Sequence[str], as_of_ns: int, timeframe: str = "1d"
) -> list[Standing]:
    """Each instrument, by what is stored of it, through the configuration's filters.

    ``symbols`` none: those of the session. Of an instrument with several stored series the one with most bars
    by then counts, prices as traded before adjusted ones; repairs that were accepted are made.

    Raises
    ------
    UnknownSymbolError
        A symbol is no instrument.
    StoreError
        Nothing is stored of an instrument.
    ConfigError, RegistryError
        A filter is unknown, or a setting of one.
    """
    workspace, universe = open_workspace(config), config.session.universe or UniverseConfig()
    settings = filter_settings(universe.filters, AT)
    candidates = []
    named = workspace.instruments.named(symbols or config.session.symbols, as_of_ns)
    told = {name: one.symbol for name, one in named.items()}
    due = releases_by_instrument(workspace.tables, config.calendars, told)
    held = _bars_by(workspace.tables, list(named), timeframe, as_of_ns)
    for name, instrument in named.items():
        bars = held[name]
        key = (name, timeframe, bars.source)
        calendar = read_calendar(workspace.tables, *key) or instrument.calendar
        edits = accepted_edits(read_choices(workspace.tables, key))
        bars, actions = edit_bars(bars, edits), known_actions(workspace.tables, key, edits) or ()
        facts = read_facts(workspace.tables, name)
        candidates.append(
            candidate_of(instrument, bars, calendar, actions, facts, as_of_ns, workspace.quality, due[name])
        )
    return screen(candidates, settings, universe.most)


def _bars_by(tables: Tables, names: Sequence[str], timeframe: str, as_of_ns: int) -> dict[str, BarColumns]:
    """Each one's series with most bars by a moment, prices as traded first; StoreError without one."""
    series = [one for one in stored_series(tables, timeframe=timeframe) if one.instrument_id in set(names)]
    stored: dict[str, list[BarColumns]] = {}
    for bars in load_series(tables, series, end_ns=as_of_ns + 1):
        stored.setdefault(bars.instrument_id, []).append(bars)
    for name in names:
        if name not in stored:
            message = f"No {timeframe} bars of {name} are stored."
            raise StoreError(message, f"Load them first: tradewind data load {name}.")
    return {
        name: max(found, key=lambda bars: (len(bars) > 0, not bars.adjusted, len(bars)))
        for name, found in stored.items()
    }
