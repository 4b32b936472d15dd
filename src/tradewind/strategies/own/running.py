"""A strategy of one's own inside the loop: asked when all of a moment is in, its wishes sized and decided."""

import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import msgspec

from tradewind.core.accounts import CorporateAction, price_factor
from tradewind.core.book import MAIN_ACCOUNT, Book
from tradewind.core.changes import TimerRequested
from tradewind.core.decisions import InstrumentFailed
from tradewind.core.errors import ConfigError, StrategyError, TradewindError
from tradewind.core.events import AnyEvent, ModelStatus, OverrideRecorded, SessionEnded, SessionStarted, Timer
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.remembered import remembered
from tradewind.core.vocabulary import ActionKind, PromotionOutcome, TimerName
from tradewind.portfolio.sizing import SizingSettings
from tradewind.strategies.own.bar_history import BarHistory, SavedHistory
from tradewind.strategies.own.memory import packed, unpacked
from tradewind.strategies.own.moment import Moment, Seen
from tradewind.strategies.own.strategy import OWN_MODULES, Strategy, Wanted, parameters_of
from tradewind.strategies.own.wishes import EntryBlock, Refusal, Terms, Wish, decisions, read_wish


class _Snapshot(msgspec.Struct, kw_only=True):
    histories: dict[str, SavedHistory]
    rows: dict[str, FactorRow]
    forecasts: dict[str, dict[str, Forecast]]
    wishes: dict[str, Wish]
    fresh: dict[str, Bar]
    decisions: int
    started: bool
    may_trade: list[str]
    own: bytes


class OwnStrategy:
    """Runs a :class:`Strategy` as ``core.ports.Strategy``.

    Parameters
    ----------
    entry_block
        What stands against new entries: the breaker board's word.
    refusal
        What would stand against the orders that a decision comes to: the order gate's word.
    factor_names
        Names that factor rows are aligned with.
    absent
        By instrument, the factors that it lacks altogether.
    models
        Models whose forecasts it hears, where the promotion gate accepted them or a person overrode it.
    waits
        Whether its moment is complete only with factor rows and forecasts.
    strict
        An error of the strategy ends the run (a backtest); else the instrument fails and the rest goes on.
    """

    def __init__(
        self,
        strategy: Strategy,
        instruments: Sequence[Instrument],
        entry_block: EntryBlock,
        refusal: Refusal,
        *,
        name: str,
        factor_names: Sequence[str] = (),
        absent: Mapping[str, frozenset[str]] | None = None,
        models: Collection[str] = (),
        waits: bool = False,
        sizing: SizingSettings | None = None,
        timeframe: str = "1d",
        risk_level: float = 1.0,
        strict: bool = True,
    ) -> None:
        self.name, self._own, self._strict = name, strategy, strict
        self._given = {given: getattr(strategy, given) for given in parameters_of(type(strategy))}
        self._instruments = {one.id: one for one in instruments if one.tradable}
        self._terms = Terms(
            strategy=name,
            # Records leave out a default by identity: equal words must be one object for equal bytes.
            account=MAIN_ACCOUNT,
            timeframe=sys.intern(timeframe),
            instruments=self._instruments,
            entry_block=entry_block,
            refusal=refusal,
            sizing=sizing or SizingSettings(),
            risk_level=risk_level,
            drift_pct=strategy.drift_pct,
        )
        self._models = frozenset(models)
        self._when = TimerName.DECIDE if waits else TimerName.CYCLE
        self._columns = {
            i: [(n, at) for at, n in enumerate(factor_names) if n not in (absent or {}).get(i, frozenset())]
            for i in self._instruments
        }
        self._histories = {i: BarHistory(strategy.history) for i in self._instruments}
        self._rows: dict[str, FactorRow] = {}
        self._forecasts: dict[str, dict[str, Forecast]] = {}
        self._wishes: dict[str, Wish] = {}
        self._fresh: dict[str, Bar] = {}
        self._decisions, self._started = 0, False
        self._may_trade: set[str] = set()
        self._looked = False
        module = type(strategy).__module__
        self._module = module if module.startswith(OWN_MODULES) else ""
        self._beside = remembered(self._module)

    # Events ------------------------------------------------------------------------------------

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        """Remember what happened; when all of a moment is in, ask the strategy what it wants."""
        match event:
            case Bar() if event.instrument_id in self._instruments:
                self._histories[event.instrument_id].add(event)
                self._fresh[event.instrument_id] = event
            case FactorRow() if event.instrument_id in self._instruments:
                self._rows[event.instrument_id] = event
            case ModelStatus(verdict=PromotionOutcome.ACCEPTED) | OverrideRecorded() if (
                event.model in self._models
            ):
                self._may_trade.add(event.model)
            case Forecast() if event.model in self._may_trade:
                self._forecasts.setdefault(event.instrument_id, {})[event.model] = event
            case CorporateAction(kind=ActionKind.SPLIT) if event.instrument_id in self._histories:
                self._histories[event.instrument_id].rescale(price_factor(event))
            case SessionStarted() if not self._started:
                self._started = True
                self._guarded("on_start", self._own.on_start)
            case SessionEnded() if self._strict:
                self._packed()  # what it has changed of its module since the last snapshot is said too
            case Timer(name=self._when, owner="") if self._fresh:
                return self._on_moment(event, book)
            case Timer(owner=self.name):
                return self._on_timer(event, book)
            case _:
                pass
        return ()

    def on_warmup(self, bar: Bar) -> None:
        """Bars before the session opens are there to look back on."""
        if bar.instrument_id in self._instruments:
            self._histories[bar.instrument_id].add(bar)

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        return msgspec.msgpack.encode(
            _Snapshot(
                histories={i: history.saved() for i, history in self._histories.items()},
                rows=self._rows,
                forecasts=self._forecasts,
                wishes=self._wishes,
                fresh=self._fresh,
                decisions=self._decisions,
                started=self._started,
                may_trade=sorted(self._may_trade),
                own=self._packed(),
            )
        )

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        kept = msgspec.msgpack.decode(state, type=_Snapshot)
        for instrument_id, saved in kept.histories.items():
            self._histories[instrument_id].restore(saved)
        self._rows, self._forecasts, self._wishes = kept.rows, kept.forecasts, kept.wishes
        self._fresh, self._decisions, self._started = kept.fresh, kept.decisions, kept.started
        self._may_trade = set(kept.may_trade)
        for name in self._memory():
            delattr(self._own, name)
        for name, value in unpacked(kept.own).items():
            setattr(self._own, name, value)

    def _memory(self) -> dict[str, Any]:
        for name, value in self._given.items():
            if getattr(self._own, name) != value:
                message = f"{type(self._own).__name__} has changed its parameter {name!r}, which is not kept."
                raise ConfigError(
                    message, "An annotated attribute is a parameter: set up a memory in on_start."
                )
        return {name: value for name, value in vars(self._own).items() if name not in self._given}

    def _packed(self) -> bytes:
        now = remembered(self._module)
        changed = sorted(name for name in {*now, *self._beside} if now.get(name) != self._beside.get(name))
        if changed:
            what = changed[0].partition(".")[2]
            message = f"{type(self._own).__name__} has changed {what} of its module, which is not kept."
            raise ConfigError(message, "Remember on self, set up in on_start.")
        return packed(self._memory(), type(self._own).__name__)

    # Asking ------------------------------------------------------------------------------------

    def _on_moment(self, event: Timer, book: Book) -> Sequence[Event]:
        fresh, self._fresh = list(self._fresh.values()), {}
        asked: list[Event] = []
        now = Moment(self._seen(event.ts_event, fresh, book, asked), fresh[0].instrument_id)
        ids = [bar.instrument_id for bar in fresh]
        alone = type(self._own).on_bars is Strategy.on_bars
        what = "on_bar" if alone else "on_bars"
        made = self._decided(what, lambda: self._own.on_bars(now), event.ts_event, book, ids)
        self._forecasts = {}
        if not self._looked:  # what cannot be kept is said at once, not at the first snapshot
            self._looked = True
            self._packed()
        return [*asked, *made]

    def _on_timer(self, event: Timer, book: Book) -> Sequence[Event]:
        asked: list[Event] = []
        ids = list(self._instruments)
        now = Moment(self._seen(event.ts_event, [], book, asked), ids[0])
        made = self._decided(
            "on_timer", lambda: self._own.on_timer(event.name, now), event.ts_event, book, ids
        )
        return [*asked, *made]

    def _decided(
        self, what: str, ask: Callable[[], Mapping[str, Wanted]], ts_ns: int, book: Book, ids: Sequence[str]
    ) -> Sequence[Event]:
        """What the strategy says, as decisions; where it fails, what failed, and nothing else changes."""
        try:
            said = self._guarded(what, ask) or {}
            if not isinstance(said, Mapping):
                message = (
                    f"{type(self._own).__name__}.{what} gave {type(said).__name__}, and no weights by symbol."
                )
                raise StrategyError(message, "Give a dict such as {'AAPL': 0.2}.")
            for symbol, wanted in said.items():
                if wanted is not None:
                    name, wish = read_wish(self._instruments, symbol, wanted)
                    before = self._wishes.get(name)
                    if before is None or not before.is_same(wish):
                        self._wishes[name] = wish
            made = decisions(self._wishes, self._terms, book, ts_ns, self._decisions + 1)
        except TradewindError as error:
            if self._strict:
                raise
            return [InstrumentFailed(ts_event=ts_ns, instrument_id=i, error=str(error)) for i in ids]
        self._decisions += len(made)
        return made

    def _guarded(self, what: str, act: Callable[[], Any]) -> Any:
        """``act``, whose errors name the strategy's method and the line of its file."""
        try:
            with redirect_stdout(sys.stderr):  # what it prints must not stand among what commands print
                return act()
        except TradewindError:
            raise
        except (Exception, SystemExit) as error:  # whatever somebody else's code raises
            raise _at_its_line(type(self._own).__name__, what, error) from error

    def _seen(self, ts_ns: int, fresh: Sequence[Bar], book: Book, asked: list[Event]) -> Seen:
        def wake(name: str, at_ns: int) -> None:
            asked.append(TimerRequested(ts_event=ts_ns, name=name, at_ns=at_ns, owner=self.name))

        return Seen(
            ts_ns=ts_ns,
            fresh=fresh,
            histories=self._histories,
            factors={
                i: {name: row.values[at] for name, at in self._columns[i]} for i, row in self._rows.items()
            },
            forecasts=self._forecasts,
            instruments=self._instruments,
            holder=self._terms.holder,
            book=book,
            wake=wake,
        )


def _at_its_line(strategy: str, what: str, error: BaseException) -> StrategyError:
    """The error with the innermost line of the strategy's own file, or wherever it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "tradewind" not in Path(frame.filename).parts]
    frame = (own or list(frames))[-1]
    message = (
        f"{strategy}.{what} failed in {frame.filename}, line {frame.lineno}: {type(error).__name__}: {error}."
    )
    return StrategyError(message, "Correct the strategy and run it again.")
