"""All circuit breakers over one book.

What stands tripped lives in ``book.breakers``, so it survives restarts. The board itself only remembers
what it has already looked at; forgetting that changes nothing but speed. A breaker is asked again exactly
when something it watches has moved, or when time alone could have changed its answer.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter

from tradewind.core.book import Book, BreakerState, breaker_key
from tradewind.core.decisions import BY_PERSON, BreakerRearmed, BreakerTripped
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.trading_calendar import TradingCalendar
from tradewind.core.vocabulary import BreakerAction, BreakerScope, Rearm
from tradewind.risk.alarm import Alarm, checked_words
from tradewind.risk.hours import MarketHours
from tradewind.risk.registry import BREAKERS, Breaker, Watch, settings_for

_EQUITY_MARKS = attrgetter("high_water_e8", "peak_e8", "day_start_equity_e8")
_NEVER_CALM = 2**63
# Looking a member up in its class costs more than the comparison that it is wanted for.
_EQUITY, _POSITIONS, _TRADES = Watch.EQUITY, Watch.POSITIONS, Watch.TRADES
_OUTSIDE, _STRATEGIES = Watch.OUTSIDE, Watch.STRATEGIES
_READING = attrgetter("value", "ts_event", "previous")
_RESULT = attrgetter("profit_e8", "peak_e8")
_ENGINE_SEVERITY = -1  # what others tripped (the kill switch) comes before every breaker of the board


class BreakerBoard:
    """Holds all breakers of the package (or the named ones) against the book.

    Parameters
    ----------
    instruments
        What may be traded, by instrument.
    settings
        Settings by breaker name: the breaker's own Struct, or a mapping of the keys that differ.
    breakers
        Names of the breakers to hold; None for all of the package, and those from outside that have settings.
    calendars
        Trading days by calendar name; ``24/7`` needs none.

    Raises
    ------
    ConfigError, RegistryError
        Settings for a key or a breaker that does not exist, or no table for an instrument's calendar.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        settings: Mapping[str, object] | None = None,
        breakers: Sequence[str] | None = None,
        *,
        calendars: Mapping[str, TradingCalendar] | None = None,
    ) -> None:
        self.instruments = dict(instruments)
        self.hours = MarketHours(self.instruments, calendars or {})
        given = dict(settings or {})
        for name in given:
            BREAKERS.get(name)
        names = list(breakers) if breakers is not None else BREAKERS.active(given)
        chosen = sorted(
            (BREAKERS.get(name) for name in names), key=lambda entry: (entry.severity, entry.name)
        )
        self._breakers: list[tuple[Breaker, object]] = [
            (entry, settings_for("circuit breaker", entry.name, entry.defaults, given.get(entry.name)))
            for entry in chosen
        ]
        self._by_watch = {
            watch: [(entry, own) for entry, own in self._breakers if entry.watch is watch] for watch in Watch
        }
        self._severity = {entry.name: entry.severity for entry, _ in self._breakers}
        self._by_name = {entry.name: entry for entry, _ in self._breakers}
        self._found: dict[str, dict[str, tuple[str, Alarm]]] = {}
        self._equity_seen = 0
        self._marks_of_equity: tuple[int, ...] = ()
        self._calm_above = 0
        self._stirred = True
        self._trades_seen = (-1, -1)
        self._changes_seen = (-1, -1)
        self._results_seen: Sequence[object] = ()
        self._held: tuple[str, ...] = ()
        self._marks_seen: list[int | None] = []
        self._gauges_seen: Sequence[object] = ()
        self._standing_seen: list[tuple[str, int | None]] | None = None
        self._outside_due_ns = 0
        self._changed = False
        self._owners: dict[str, str] = {}

    def rules(self) -> dict[str, object]:
        """Breakers with their settings, most severe first: what a limits page shows."""
        return {entry.name: own for entry, own in self._breakers}

    def observe(self, book: Book) -> Sequence[BreakerTripped | BreakerRearmed]:
        """What tripped or re-armed just now; the caller writes it to the book before asking again.

        Trips come most severe first, then what was armed again.
        """
        if not self._refresh(book):
            return ()
        events: list[BreakerTripped | BreakerRearmed] = []
        if self._found:
            events.extend(self._trips(book))
        if book.breakers:
            events.extend(self._rearms(book))
        if events:
            self._standing_seen = None  # what stands is about to change; look at everything next time
        return events

    def entry_block(self, instrument_id: str, strategy: str, book: Book) -> str:
        """Why no new entry is allowed, the most severe reason first; empty when one is."""
        instrument = self.instruments.get(instrument_id)
        if instrument is None:
            return f"{instrument_id} is not a known instrument"
        if not book.breakers:
            return ""
        group = class_group(instrument.asset_class)
        keys = {
            BreakerScope.ACCOUNT: "",
            BreakerScope.CLASS: group,
            BreakerScope.STRATEGY: strategy,
            BreakerScope.INSTRUMENT: instrument_id,
        }
        standing = [
            state
            for state in book.breakers.values()
            if state.action is not BreakerAction.NOTE
            and keys.get(state.scope, state.scope_key) == state.scope_key
        ]
        if not standing:
            return ""
        worst = min(standing, key=lambda state: (self._severity_of(state.breaker), state.breaker))
        where = f" for {worst.scope_key}" if worst.scope_key else ""
        return f"breaker {worst.breaker} stands{where} ({worst.action}, re-armed by {worst.rearm})"

    def rearm(self, key: str, by: str, book: Book) -> BreakerRearmed:
        """The event that arms a standing breaker again on a person's word; ConfigError when none stands."""
        state = book.breakers.get(key)
        if state is None:
            message = f"No breaker called {key!r} has tripped."
            raise ConfigError(message, f"Tripped are: {', '.join(sorted(book.breakers)) or 'none'}.")
        return _rearmed(state, by, book.now_ns)

    def reset(self, book: Book, event: BreakerRearmed) -> None:
        """Let a breaker that was armed again measure from now on, where it says how and its day or a person
        armed it.
        """
        entry = self._by_name.get(self._owner(event.breaker))
        if entry is not None and entry.reset is not None and (entry.reset_by_day or event.by == BY_PERSON):
            entry.reset(book, event.scope_key)

    def _severity_of(self, name: str) -> int:
        return self._severity.get(self._owner(name), _ENGINE_SEVERITY)

    def _owner(self, name: str) -> str:
        """The breaker that trips under ``name``: ``vix`` for ``vix_missing``; empty for a stranger."""
        owner = self._owners.get(name)
        if owner is None:
            owner = self._owners[name] = self._find_owner(name)
        return owner

    def _find_owner(self, name: str) -> str:
        if name in self._severity:
            return name
        owners = [own for own in self._severity if name.startswith(f"{own}_")]
        return max(owners, key=len, default="")

    def _refresh(self, book: Book) -> bool:
        """Ask the breakers whose subject has moved; whether what is found, stands or is due has changed."""
        standing = self._standing(book)
        rearmed = standing != self._standing_seen
        self._standing_seen = standing
        self._changed = rearmed
        self._refresh_equity(book, rearmed)
        changes = (book.fills_seen, book.holdings_changed)
        if changes != self._trades_seen or rearmed:
            self._trades_seen = changes
            self._ask(_TRADES, book)
        if self._positions_moved(book, changes) or rearmed:
            self._ask(_POSITIONS, book)
        results = tuple(map(_RESULT, book.results.values())) if book.results else ()
        if rearmed or results != self._results_seen:
            self._results_seen = results
            self._ask(_STRATEGIES, book)
        gauges = tuple(map(_READING, book.gauges.values())) if book.gauges else ()
        if rearmed or book.now_ns >= self._outside_due_ns or gauges != self._gauges_seen:
            self._gauges_seen = gauges
            self._ask(_OUTSIDE, book)
            self._outside_due_ns = self._next_due_ns(book)
            self._changed = True  # trading days turn on such boundaries, and some breakers re-arm with them
        return self._changed

    def _refresh_equity(self, book: Book, rearmed: bool) -> None:
        marks = _EQUITY_MARKS(book)
        equity, marks_moved = book.equity_e8, marks != self._marks_of_equity
        if marks_moved:
            self._marks_of_equity, self._calm_above = marks, self._calm_level(book)
        elif equity == self._equity_seen and not rearmed:
            return
        self._equity_seen = equity
        if rearmed or equity <= self._calm_above or self._stirred:
            self._ask(_EQUITY, book)
            self._stirred = any(entry.name in self._found for entry, _ in self._by_watch[_EQUITY])

    def _calm_level(self, book: Book) -> int:
        """Equity above which none that watches it finds anything; out of reach where one cannot say."""
        levels = [
            entry.calm_above(book, own) if entry.calm_above is not None else _NEVER_CALM
            for entry, own in self._by_watch[_EQUITY]
        ]
        return max(levels, default=0)

    @staticmethod
    def _standing(book: Book) -> list[tuple[str, int | None]]:
        """What stands, with the price times of instruments: a fresh price may clear one of them."""
        if not book.breakers:
            return []
        times = book.mark_ts
        return [(key, times.get(state.scope_key)) for key, state in book.breakers.items()]

    def _positions_moved(self, book: Book, changes: tuple[int, int]) -> bool:
        if changes != self._changes_seen or len(book.positions) < len(self._held):
            self._changes_seen = changes
            # Each holder's instrument: two strategies that cancel out still hold something.
            self._held = tuple(
                key.instrument_id for key, held in book.positions.items() if held.quantity_lots
            )
            self._marks_seen = list(map(book.mark_ticks.get, self._held))
            return True
        marks = list(map(book.mark_ticks.get, self._held))
        if marks == self._marks_seen:
            return False
        self._marks_seen = marks
        return True

    def _next_due_ns(self, book: Book) -> int:
        outside = self._by_watch[_OUTSIDE]
        dues = [entry.due(book, self.hours, own) for entry, own in outside if entry.due is not None]
        return min([self.hours.next_boundary(book.now_ns), *dues])

    def _ask(self, watch: Watch, book: Book) -> None:
        for entry, own in self._by_watch[watch]:
            self._ask_one(entry, own, book)

    def _ask_one(self, entry: Breaker, own: object, book: Book) -> None:
        found = entry.find(book, self.hours, own)
        if not found:
            if entry.name in self._found:
                del self._found[entry.name]
                self._changed = True
            return
        keyed: dict[str, tuple[str, Alarm]] = {}
        for alarm in found:
            name = alarm.name or entry.name
            keyed[breaker_key(name, alarm.scope_key)] = (name, checked_words(alarm, name))
        before = self._found.get(entry.name)
        if before is None or before.keys() != keyed.keys():
            self._changed = True
        self._found[entry.name] = keyed

    def _trips(self, book: Book) -> list[BreakerTripped]:
        return [
            BreakerTripped(
                ts_event=book.now_ns,
                breaker=name,
                scope=alarm.scope,
                scope_key=alarm.scope_key,
                action=alarm.action,
                value=alarm.value,
                threshold=alarm.threshold,
                reason=alarm.reason,
                rearm=alarm.rearm,
            )
            for entry, _ in self._breakers
            if entry.name in self._found
            for key, (name, alarm) in self._found[entry.name].items()
            if key not in book.breakers
        ]

    def _rearms(self, book: Book) -> list[BreakerRearmed]:
        events = []
        for key, state in book.breakers.items():
            if state.rearm is Rearm.WHEN_CLEAR:
                if not self._is_found(key, state):
                    events.append(_rearmed(state, "cleared", book.now_ns))
            elif state.rearm is Rearm.NEXT_DAY and self._day_passed(state, book.now_ns):
                owner = self._owner(state.breaker)
                by_day = owner in self._by_name and self._by_name[owner].reset_by_day
                for entry, own in self._breakers:
                    if entry.name == owner and not by_day:
                        self._ask_one(entry, own, book)
                if by_day or not self._is_found(key, state):
                    events.append(_rearmed(state, "next_day", book.now_ns))
        return events

    def _is_found(self, key: str, state: BreakerState) -> bool:
        return key in self._found.get(self._owner(state.breaker), {})

    def _day_passed(self, state: BreakerState, now_ns: int) -> bool:
        return self.hours.day_passed(state.scope, state.scope_key, state.tripped_ts, now_ns)


def _rearmed(state: BreakerState, by: str, now_ns: int) -> BreakerRearmed:
    return BreakerRearmed(
        ts_event=now_ns, breaker=state.breaker, scope=state.scope, scope_key=state.scope_key, by=by
    )
