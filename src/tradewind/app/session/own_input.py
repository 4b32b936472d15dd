"""What somebody hands to a run of a strategy of their own, looked at before and while it runs.

Nothing here is repaired: data that is wrong is refused by name, since a run on it would look like any other.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from tradewind.core.book import Book
from tradewind.core.decisions import DecisionMade
from tradewind.core.errors import ConfigError, DataError, NoDataError, TradewindError, UnknownSymbolError
from tradewind.core.events import AnyEvent
from tradewind.core.instrument_check import instrument_fault
from tradewind.core.instruments import Instrument
from tradewind.core.market import Bar, Event, Timeframe
from tradewind.core.ports import Strategy
from tradewind.core.protection import ProtectionSettings
from tradewind.core.timestamps import iso
from tradewind.core.vocabulary import Outcome

_INT64 = 1 << 63
_PRICES = ("open", "high", "low", "close")
_ROUNDING = 1e-9
"""How far, as a part of the price, high and low may miss open and close: float noise of an adjustment."""


def check_cash(cash: object) -> Decimal:
    """The money at the start; ConfigError for what is no exact amount above nothing."""
    if isinstance(cash, bool) or not isinstance(cash, int | Decimal):
        message = f"cash is {cash!r}, {_kind(cash)}."
        raise ConfigError(message, "Give an exact amount, such as Decimal('100000').")
    amount = Decimal(cash)
    if not amount.is_finite() or amount <= 0:
        message = f"cash is {amount}."
        raise ConfigError(message, "Start with more than nothing.")
    return amount


def check_instruments(instruments: Sequence[Instrument]) -> None:
    """ConfigError for none, one that is given twice, or one that could not be traded as it is described."""
    given: object = instruments
    if not isinstance(given, Sequence):
        message = f"instruments is {instruments!r}."
        raise ConfigError(message, "Give a list of tw.Instrument.")
    if not instruments:
        message = "No instrument is given."
        raise ConfigError(
            message, "Describe what the bars are of: tw.Instrument(symbol=..., venue=..., ...)."
        )
    for instrument in instruments:
        _check_instrument(instrument)
    ids = [instrument.id for instrument in instruments]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        message = f"The instrument {twice[0]} is given twice."
        raise ConfigError(message, "Describe each one once.")


def _check_instrument(instrument: Instrument) -> None:
    given: object = instrument
    if not isinstance(given, Instrument):
        message = f"{instrument!r} is no instrument."
        raise ConfigError(message, "Give a tw.Instrument.")
    fault = instrument_fault(instrument)
    if fault is not None:
        raise ConfigError(fault.message, fault.step)


def check_bars(bars: Sequence[Bar], instruments: Sequence[Instrument]) -> None:
    """Look at every bar once, before the first is traded on.

    Raises
    ------
    NoDataError
        There is none.
    UnknownSymbolError
        A bar is of an instrument that is not given.
    DataError
        Times go back, come twice in a series, are no whole nanoseconds, or do not fit the timeframe; a price
        or a volume is no number, or none that a market can have; high and low do not hold open and close.
    """
    given: object = bars
    if not isinstance(given, Sequence):
        message = f"The bars are {_kind(bars)}."
        raise DataError(message, "Give a list of tw.Bar; examples/own_bars.py makes one of a pandas frame.")
    if not bars:
        raise NoDataError("There is no bar to backtest on.", "Check the instruments and the dates.")
    for bar in bars:
        if type(bar) is not Bar:
            message = f"{bar!r} is no bar."
            raise DataError(message, "Give tw.Bar objects.")
    _require_known(bars, instruments)
    below = {instrument.id for instrument in instruments if instrument.negative_prices}
    times: dict[tuple[str, str], list[int]] = {}
    now = -_INT64
    for bar in bars:
        ts = bar.ts_event
        if type(ts) is not int or not 0 < ts < _INT64:
            raise _no_time(bar)
        known = bar.ts_recv or ts
        if known < now:
            message = f"The {_words(bar)} comes after one of {iso(now)}."
            raise DataError(message, "Sort the bars by the time at which they close.")
        now = known
        if not _is_usual(bar):
            _check_numbers(bar, bar.instrument_id in below)
        series = bar.instrument_id, bar.timeframe
        before = times.get(series)
        if before is None:
            before = times[series] = []
        elif ts <= before[-1]:
            message = f"The {_words(bar)} is there twice."
            raise DataError(message, "Keep one bar for each time of a series.")
        before.append(ts)
    for series, its in times.items():
        _check_timeframe(*series, [later - earlier for earlier, later in pairwise(its)])


def _is_usual(bar: Bar) -> bool:
    """Whether all is plain and in place, in few comparisons; NaN fails them too."""
    low, high, close = bar.low, bar.high, bar.close
    if not (type(low) is type(high) is type(close) is type(bar.open) is type(bar.volume) is float):
        return False
    return 0.0 < low <= bar.open <= high < math.inf and low <= close <= high and 0.0 <= bar.volume < math.inf


def _check_numbers(bar: Bar, below_zero: bool) -> None:
    """DataError that names the first number of the bar that is wrong; nothing where only noise is."""
    for name in (*_PRICES, "volume"):
        value = getattr(bar, name)
        if type(value) not in (int, float):
            message = f"The {_words(bar)} has {name} {value!r}, {_kind(value)}."
            raise DataError(message, "Give a plain number: float(...).")
        if not math.isfinite(value):
            message = f"The {_words(bar)} has {name} {value!r}."
            raise DataError(message, "Leave the bar out, or give the number.")
        if name == "volume" and value < 0:
            message = f"The {_words(bar)} has volume {value!r}."
            raise DataError(message, "Give the volume, or 0.0 where there is none.")
        if name != "volume" and value <= 0 and not below_zero:
            message = f"The {_words(bar)} has {name} {value!r}."
            raise DataError(
                message, "Leave the bar out; an instrument of such prices has negative_prices=True."
            )
    noise = _ROUNDING * max(abs(bar.high), abs(bar.low))
    for name in ("open", "close"):
        if not bar.low - noise <= getattr(bar, name) <= bar.high + noise:
            message = (
                f"The {_words(bar)} has {name} {getattr(bar, name)!r} outside {bar.low!r} to {bar.high!r}."
            )
            raise DataError(message, "Correct it, or widen high and low to hold open and close.")


def _check_timeframe(instrument_id: str, timeframe: str, steps: Sequence[int]) -> None:
    """Bars that mostly follow closer than half their length are of another, or count no nanoseconds."""
    if timeframe not in tuple(Timeframe):
        message = f"A bar of {instrument_id} has the timeframe {timeframe!r}."
        raise DataError(message, f"Use one of {', '.join(Timeframe)}.")
    if not steps:
        return
    usual = sorted(steps)[len(steps) // 2]
    if 2 * usual < Timeframe(timeframe).length_ns:
        message = (
            f"The {timeframe} bars of {instrument_id} are usually {usual:,} ns apart: too close together."
        )
        raise DataError(message, "Name their timeframe, and give times in nanoseconds since 1970, UTC.")


def _no_time(bar: Bar) -> TradewindError:
    message = f"A bar of {bar.instrument_id} has the time {bar.ts_event!r}, {_kind(bar.ts_event)}."
    step = (
        "Give nanoseconds since 1970 in UTC, an int above 0: of a pandas time with a zone, int(time.value)."
    )
    return DataError(message, step)


def _require_known(bars: Sequence[Bar], instruments: Sequence[Instrument]) -> None:
    known = sorted(instrument.id for instrument in instruments)
    strange = sorted({str(bar.instrument_id) for bar in bars}.difference(known))
    if strange:
        message = f"Bars of {', '.join(strange)} belong to no instrument of the backtest."
        raise UnknownSymbolError(message, f"Name them by id, as SYMBOL.VENUE: {', '.join(known)}.")


def _words(bar: Bar) -> str:
    return f"{bar.timeframe} bar of {bar.instrument_id} at {iso(bar.ts_event)}"


def _kind(value: object) -> str:
    return f"a {type(value).__name__}"


class CheckedStrategy:
    """A strategy of one's own whose words are looked at before the loop takes them."""

    def __init__(self, strategy: Strategy, instruments: Sequence[Instrument]) -> None:
        lacks = [
            name
            for name in ("on_event", "snapshot", "restore")
            if not callable(getattr(strategy, name, None))
        ]
        name = getattr(strategy, "name", None)
        if isinstance(strategy, type) or lacks or not isinstance(name, str) or not name:
            missing = "is a class" if isinstance(strategy, type) else f"lacks {', '.join(lacks or ['name'])}"
            message = f"The strategy {strategy!r} {missing}."
            raise ConfigError(
                message,
                "Give one with name, on_event, snapshot and restore; a tw.Strategy goes to tw.backtest.",
            )
        self.name = name
        self.snapshot, self.restore = strategy.snapshot, strategy.restore
        self._hear = strategy.on_event
        self._known = frozenset(instrument.id for instrument in instruments)

    def on_event(self, event: AnyEvent, book: Book) -> Sequence[Event]:
        """What the strategy says; ConfigError or UnknownSymbolError where a decision cannot be one."""
        said = self._hear(event, book)
        if not said:
            return ()
        for one in said:
            if isinstance(one, DecisionMade):
                self._check(one)
        return said

    def _check(self, decision: DecisionMade) -> None:
        if decision.instrument_id not in self._known:
            message = f"{self.name} decides on {decision.instrument_id!r}, which is no instrument of the run."
            raise UnknownSymbolError(message, f"Name it by id: {', '.join(sorted(self._known))}.")
        for name in ("current_lots", "target_lots"):
            lots = getattr(decision, name)
            if type(lots) is not int:
                message = f"{self.name} decides on {name} {lots!r}, {_kind(lots)}."
                raise ConfigError(message, "Lots are whole numbers: give int(...).")
        rules: object = decision.protection
        if rules is not None and not isinstance(rules, ProtectionSettings):
            message = f"{self.name} decides on the protection {rules!r}, {_kind(rules)}."
            raise ConfigError(message, "Give a tw.ProtectionSettings, or None.")
        if decision.outcome not in tuple(Outcome):
            message = f"{self.name} decides with the outcome {decision.outcome!r}."
            raise ConfigError(message, f"Use one of {', '.join(Outcome)}.")
