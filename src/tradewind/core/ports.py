"""What one room needs from another: small protocols, implemented in the rooms and wired by ``app``."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from tradewind.core.accounts import AccountSnapshot, CashMoved
from tradewind.core.book import Book
from tradewind.core.decisions import BreakerRearmed, BreakerTripped, RiskVerdict
from tradewind.core.events import AnyEvent, Record
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Event
from tradewind.core.orders import BrokerReport, Order
from tradewind.core.panel import BarColumns, Predictions, Samples

A = TypeVar("A")
B = TypeVar("B")

# Data ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BarRequest:
    """Bars of one instrument (``SYMBOL.VENUE``) with ``start_ns <= ts_event < end_ns``."""

    instrument_id: str
    timeframe: str
    start_ns: int
    end_ns: int


class HistoryProvider(Protocol):
    """A source of past bars."""

    name: str

    def symbols(self) -> Sequence[str]:
        """Symbols it is known to have; empty where it cannot list them."""
        ...

    def bars(self, request: BarRequest) -> BarColumns:
        """The bars asked for, oldest first; a typed DataError otherwise."""
        ...


@runtime_checkable
class InstrumentProvider(Protocol):
    """A source that says what its instruments are: their grids, currencies and fees."""

    name: str

    def instrument(self, symbol: str) -> Instrument:
        """What a symbol is there; UnknownSymbolError where it is nothing."""
        ...


@dataclass(frozen=True)
class LeftOut:
    """A row of a source's list that is no instrument of ours, and why, in words."""

    symbol: str
    why: str


@dataclass(frozen=True)
class Listing:
    """All that a source lists, described: each id once, in the source's order.

    ``left_out`` names the rows that could not be read or contradict each other; ``not_traded`` counts those
    that are not traded there now, or listed where nothing of ours is.
    """

    instruments: tuple[Instrument, ...]
    left_out: tuple[LeftOut, ...] = ()
    not_traded: int = 0


@runtime_checkable
class InstrumentLister(Protocol):
    """A source that lists all of its instruments at once."""

    name: str

    def list_instruments(self, group: str = "") -> Listing:
        """Its instruments; of a class alone where ``group`` is ``equity``, ``crypto`` or ``fx``.

        Empty where it has none of that class; a typed DataError where the list cannot be read.
        """
        ...


@runtime_checkable
class FollowsNames(Protocol):
    """A source that may give a company's whole history under its name of today, whatever it was called then.

    Without a word it is taken to keep what was traded under the name of its day.
    """

    follows_names: bool


@runtime_checkable
class SupportsClose(Protocol):
    """A source that holds connections."""

    def close(self) -> None:
        """Let go of them."""
        ...


class StreamProvider(Protocol):
    """A source of live market data."""

    name: str

    def stream(self, symbols: Sequence[str], timeframe: str) -> AsyncIterator[Event]:
        """Bars as they close, and quotes, until cancelled; a typed DataError when the source is lost."""
        ...


# The loop ------------------------------------------------------------------------------------


class Stateful(Protocol):
    """Whatever the reducer asks for decisions can hand over its state and take it back."""

    def snapshot(self) -> bytes:
        """The whole state; equal states give equal bytes."""
        ...

    def restore(self, state: bytes) -> None:
        """Become what was snapshot."""
        ...


class Strategy(Stateful, Protocol):
    """Decides. Called inside the loop, so it reads no clock, file, socket or random number.

    It returns the events that it decided: ``DecisionMade`` (whose ``target_lots`` the execution planner
    turns into orders), and ``OrderRequested`` or ``CancelRequested`` where it places its own.
    """

    name: str

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        """What to do about ``event``, which the book already holds."""
        ...


@runtime_checkable
class WarmedUp(Protocol):
    """A strategy that wants to hear the history before the session opens."""

    def on_warmup(self, bar: Bar) -> None:
        """Remember a bar; nothing can be decided on it."""
        ...


class Allocator(Stateful, Protocol):
    """Divides the equity among strategies. Called inside the loop, so it is as pure as a strategy."""

    def allocate(self, book: Book, strategies: Sequence[str]) -> Mapping[str, float]:
        """Part of the equity of each strategy for the day that begins, together at most 1.

        It is asked once at each new day of the account; what it leaves out keeps its part.
        """
        ...


class FactorStage(Stateful, Protocol):
    """Turns bars into factor rows inside the loop."""

    def on_event(self, event: AnyEvent) -> Sequence[FactorRow]:
        """Rows that ``event`` completes; those of a cycle's bars come at its ``cycle`` timer."""
        ...


class OrderGate(Protocol):
    """All limits, held against one order before it leaves."""

    def check(self, order: Order, book: Book) -> RiskVerdict:
        """Approved, or the first refusal with its figures."""
        ...


class BreakerBoard(Protocol):
    """All circuit breakers, held against the book after each change of it."""

    def observe(self, book: Book) -> Sequence[BreakerTripped | BreakerRearmed]:
        """What tripped or re-armed just now; the caller writes it to the book."""
        ...

    def reset(self, book: Book, event: BreakerRearmed) -> None:
        """Let what was armed again measure from now on, as its breaker says; changes the book."""
        ...

    def entry_block(self, instrument_id: str, strategy: str, book: Book) -> str:
        """Why no new entry is allowed for this instrument and strategy; empty when it is."""
        ...


class Broker(Protocol):
    """Takes orders and reports on them."""

    name: str
    external: bool
    """True when its effects outlive this process: then records are durable before it is called."""

    def submit(self, order: Order) -> Sequence[BrokerReport]:
        """Send an order; sending the same ``client_order_id`` again changes nothing."""
        ...

    def cancel(self, client_order_id: str) -> Sequence[BrokerReport]:
        """Take an order off the book."""
        ...

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """What market data does to resting orders (simulated venues; real ones report by themselves)."""
        ...

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """Everything reported since, for a start after a crash; repeats are harmless."""
        ...


class ExternalBroker(Broker, Protocol):
    """A broker outside of the process. Its calls may block; they are made from threads, never from the loop.

    Prices and quantities come and go on the instrument's grid. An answer that makes no sense (a price that is
    none, a side or an instrument that was not asked for) is a BrokerError and never a report. What happened
    is said at least once and perhaps again: ``trade_id`` is unique over all instruments of the account.
    """

    def reconcile(self, since_ns: int) -> Sequence[BrokerReport]:
        """How every order stands that is open now or changed since, in reports: accepted, its fills, its end.

        A submission of which nobody knew is found by its ``client_order_id``. Fills of one order come in the
        order in which they happened, before its end. Orders that were not sent from here come under the
        venue's own id as ``client_order_id``.
        """
        ...

    def knows(self, client_order_id: str) -> Sequence[BrokerReport]:
        """How one order stands, asked for by its client order id; empty where the broker has never had it."""
        ...

    def cash_moved(self, since_ns: int) -> Sequence[CashMoved]:
        """Cash that came or went besides fills and their commissions, with the broker's ``reference``."""
        ...

    def account(self) -> AccountSnapshot:
        """Cash and positions as they stand now; ``ts_event`` is the broker's time where it says one."""
        ...

    def listen(self, hear: Callable[[Sequence[BrokerReport]], None], lost: Callable[[str], None]) -> None:
        """Follow the broker's stream until :meth:`close`, in the calling thread; connects again by itself.

        ``hear`` takes reports as they come. ``lost`` is called with the reason each time that the line broke
        or was silent for too long, *after* it stands again: whoever listens then asks :meth:`reconcile`.
        """
        ...

    def close(self) -> None:
        """Let go of connections; :meth:`listen` returns soon after."""
        ...


class BesideLoop(Stateful, Protocol):
    """What hears the market before the loop does, dies with the process, and is rebuilt from records."""

    def on_market(self, event: AnyEvent) -> Sequence[BrokerReport]:
        """What market data does there."""
        ...

    def rebuild(self, records: Iterable[Record | AnyEvent]) -> None:
        """Live through records again, in order; ReplayDivergedError where it reports otherwise."""
        ...


class SimulatedBroker(Broker, BesideLoop, Protocol):
    """A venue inside the process."""


class SecondGate(Stateful, Protocol):
    """The last look beside the broker, which knows nothing but what passes there."""

    def check(self, order: Order, now_ns: int) -> RiskVerdict:
        """Approved, or why the order does not leave; an approved one counts as sent."""
        ...

    def saw_market(self, event: AnyEvent) -> None:
        """Market data, corporate actions and cash, before the loop hears them."""
        ...

    def saw_report(self, report: BrokerReport) -> None:
        """What the broker says of an order."""
        ...


class ModelHost(Stateful, Protocol):
    """Runs models beside the loop. Whatever it remembers of rows is its state."""

    @property
    def model_names(self) -> Sequence[str]:
        """Models that answer, by name."""
        ...

    def observe(self, rows: Sequence[FactorRow]) -> None:
        """Remember rows without judging them; those it has already change nothing."""
        ...

    def forecasts(self, rows: Sequence[FactorRow]) -> Sequence[FactorRow | Forecast | ForecastFailed]:
        """What every model says of the rows of one cycle, model by model."""
        ...

    def answers(self, rows: Sequence[FactorRow]) -> Iterator[tuple[str, Sequence[Forecast | ForecastFailed]]]:
        """The same, one model after the other as each is ready."""
        ...


# Models --------------------------------------------------------------------------------------


class Model(Protocol):
    """Fit on a training window, forecast with uncertainty, save, load, describe.

    Everything that learns (scalers, imputers, thresholds, calibration) lives inside and is fitted by
    :meth:`fit` alone.
    """

    name: str
    version: str
    lookback: int
    """How many times of factors one prediction needs; 1 for tabular models."""

    def fit(self, train: Samples, validation: Samples | None, seed: int) -> None:
        """Learn. ``validation`` follows ``train`` in time; it serves early stopping and calibration."""
        ...

    def predict(self, rows: Samples) -> Predictions:
        """Judge rows; labels, if there, are not looked at."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything needed to load it again, without pickled code."""
        ...

    def load(self, folder: Path) -> None:
        """Become what was saved."""
        ...

    def describe(self) -> Mapping[str, object]:
        """Family, parameters, factor list, data range: what a model card says."""
        ...


ModelFactory = Callable[[], Model]


# Compute -------------------------------------------------------------------------------------


class Mapper(Protocol):
    """Parallel work: local processes, or a cluster where configured."""

    def map(
        self,
        function: Callable[[A], B],
        items: Sequence[A],
        *,
        on_done: Callable[[int], None] | None = None,
    ) -> list[B]:
        """``function`` of each item, in order; ``on_done`` hears how many are finished."""
        ...


Instruments = Mapping[str, Instrument]
EventFeed = Iterable[Event]
