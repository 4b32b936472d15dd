"""What a live session asks for corporate actions: its sources in their order, and facts that are stored."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tradewind.app.config import TradewindConfig
from tradewind.app.market.live_streams import uncached_provider
from tradewind.app.market.workspace import open_workspace
from tradewind.app.session.live_actions import ACTING, AskActions, Told
from tradewind.app.session.reorganisations import merger_of, spin_offs_of, with_these
from tradewind.core.accounts import CorporateAction
from tradewind.core.errors import (
    ConfigError,
    DataError,
    NoDataError,
    NoTimeframeError,
    TradewindError,
    UnknownSymbolError,
)
from tradewind.core.instruments import Instrument
from tradewind.core.ports import BarRequest, HistoryProvider, SupportsClose
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import ActionKind
from tradewind.data.action_events import action_events
from tradewind.data.finer import fetch_raw
from tradewind.data.reference.facts import read_facts

_BEFORE_NS = 15 * NS_PER_DAY
"""Days that are asked for beside those in question: a dividend's weight is told by the close before it."""


def ask_of(
    config: TradewindConfig, instruments: Mapping[str, Instrument], calendars: Mapping[str, TradingCalendar]
) -> AskActions:
    """How to ask for the actions of an instrument: the first source that knows any is believed."""
    names = dict.fromkeys((config.provider, *config.fallbacks))
    sources = [partial(uncached_provider, config, name) for name in names]
    return partial(_ask, sources, instruments, calendars)


def without_dividends(ask: AskActions) -> AskActions:
    """The same without dividends: an account outside is paid them by its broker, on another day."""

    def told(instrument_id: str, start_ns: int, end_ns: int) -> tuple[CorporateAction, ...] | None:
        found = ask(instrument_id, start_ns, end_ns)
        if found is None:
            return None
        return tuple(action for action in found if action.kind is not ActionKind.DIVIDEND)

    return told


def told_of(config: TradewindConfig, instruments: Mapping[str, Instrument]) -> Told:
    """How to read the mergers and spin-offs that facts tell of, each as the session can carry it out."""
    return partial(_told_by_facts, config, instruments)


def _told_by_facts(
    config: TradewindConfig, instruments: Mapping[str, Instrument]
) -> tuple[list[CorporateAction], list[str]]:
    tables, found, notes = open_workspace(config).tables, list[CorporateAction](), list[str]()
    for name in instruments:
        facts = read_facts(tables, name)
        spun, late = spin_offs_of(facts)
        merger = merger_of(facts)
        notes += late
        for action in (*spun, *(() if merger is None else (merger,))):
            try:
                found.append(with_these(action, instruments))
            except (ConfigError, DataError) as error:  # one that cannot be carried out ends no session
                notes.append(error.message)
    return sorted(found, key=lambda action: action.ts_event), notes


def unknown_note(ask: AskActions, last_ns: Mapping[str, int], instruments: Mapping[str, Instrument]) -> str:
    """What is to be said of shares whose splits and dividends no source of a session tells; else empty."""
    silent = [
        name
        for name, one in instruments.items()
        if one.asset_class in ACTING and not _told(ask, name, last_ns[name])
    ]
    if not silent:
        return ""
    return (
        f"No source tells of splits and dividends of {', '.join(silent)}: none is booked, and a split will "
        "look like a jump of the price. Add one that does, as yahoo, to session.live.standby."
    )


def _told(ask: AskActions, instrument_id: str, last_ns: int) -> bool:
    try:
        return ask(instrument_id, last_ns - NS_PER_DAY, last_ns) is not None
    except DataError:
        return True  # It may know, and is asked again when the first price of a day comes.


def _ask(
    sources: Sequence[Callable[[], HistoryProvider]],
    instruments: Mapping[str, Instrument],
    calendars: Mapping[str, TradingCalendar],
    instrument_id: str,
    start_ns: int,
    end_ns: int,
) -> tuple[CorporateAction, ...] | None:
    instrument, faults = instruments[instrument_id], list[str]()
    request = BarRequest(instrument_id, "1d", start_ns - _BEFORE_NS, end_ns + NS_PER_DAY)
    for make in sources:
        source = make()
        try:
            raw = fetch_raw(source, request, instrument.calendar)
        except (UnknownSymbolError, NoTimeframeError):
            continue
        except TradewindError as error:
            faults.append(error.message)
            continue
        finally:
            if isinstance(source, SupportsClose):
                source.close()
        if raw.actions is not None and not raw.adjusted:
            calendar = calendars[instrument.calendar]
            return tuple(action_events(raw.actions, calendar, start_ns, end_ns))
    if faults:
        message = f"No source answers for actions of {instrument_id}: {' '.join(faults)}"
        raise NoDataError(message, "They are asked for again.")
    return None
