"""What a strategy of one's own may look at when it is asked: nothing of it is later than the newest bar."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tradewind.core.book import Book, PositionKey, capital_e8, held_lots, in_base, lots_value_e8
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.forecasts import Forecast
from tradewind.core.instruments import Instrument, find_instrument
from tradewind.core.market import Bar
from tradewind.core.money import CASH_SCALE
from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import from_ns
from tradewind.strategies.own.bar_history import BarHistory

NS_PER_US = 1_000


class Holding(NamedTuple):
    """What the strategy holds of an instrument.

    ``quantity`` in signed units, ``average_price`` in the quote currency (NaN when flat), ``value`` and
    ``profit`` (not yet taken) in the base currency, ``weight`` as a signed fraction of the capital.
    """

    quantity: float
    average_price: float
    value: float
    profit: float
    weight: float


class Seen(NamedTuple):
    """What lies behind a moment; the strategy's adapter keeps it."""

    ts_ns: int
    fresh: Sequence[Bar]
    histories: Mapping[str, BarHistory]
    factors: Mapping[str, Mapping[str, float]]
    forecasts: Mapping[str, Mapping[str, Forecast]]
    instruments: Mapping[str, Instrument]
    holder: Callable[[str], PositionKey]
    book: Book
    wake: Callable[[str, int], None]


class Moment:
    """A moment of the session, seen from one instrument; :meth:`on` looks from another.

    Arrays are oldest first, on the share count of the newest bar, and shorter than asked for while there
    is not enough history.
    """

    def __init__(self, seen: Seen, instrument_id: str) -> None:
        self._seen, self._id = seen, instrument_id

    def on(self, symbol: str) -> "Moment":
        """The same moment, seen from another instrument; UnknownSymbolError where it is not traded."""
        if symbol in self._seen.instruments:
            return Moment(self._seen, symbol)
        return Moment(self._seen, find_instrument(self._seen.instruments, symbol).id)

    @property
    def fresh(self) -> Sequence[Bar]:
        """The bars that close at this moment."""
        return self._seen.fresh

    @property
    def ts_ns(self) -> int:
        """The moment, UTC ns."""
        return self._seen.ts_ns

    @property
    def time(self) -> datetime:
        """The moment, aware, in UTC."""
        return from_ns(self._seen.ts_ns)

    @property
    def instrument(self) -> Instrument:
        """What is looked at."""
        return self._seen.instruments[self._id]

    @property
    def instruments(self) -> tuple[str, ...]:
        """All instruments that the strategy trades, by id."""
        return tuple(self._seen.instruments)

    # Market ------------------------------------------------------------------------------------

    def opens(self, length: int) -> Floats:
        """Opens of the last bars, (at most ``length``,)."""
        return self._column("open", length)

    def highs(self, length: int) -> Floats:
        """Highs of the last bars, (at most ``length``,)."""
        return self._column("high", length)

    def lows(self, length: int) -> Floats:
        """Lows of the last bars, (at most ``length``,)."""
        return self._column("low", length)

    def closes(self, length: int) -> Floats:
        """Closes of the last bars, (at most ``length``,)."""
        return self._column("close", length)

    def volumes(self, length: int) -> Floats:
        """Volumes of the last bars, (at most ``length``,)."""
        return self._column("volume", length)

    def times(self, length: int) -> Ints:
        """Closing times of the last bars, (at most ``length``,) UTC ns."""
        history = self._history(length)
        return history.times(length)

    def factor(self, name: str) -> float:
        """A factor of the newest bar; NaN while it has not enough history, or its input is missing.

        ConfigError where the strategy did not ask for it in ``factors``.
        """
        values = self._seen.factors.get(self._id, {})
        if name in values:
            return values[name]
        if any(name in known for known in self._seen.factors.values()):
            return math.nan
        message = f"The factor {name!r} was not asked for."
        raise ConfigError(message, f"Add it to the strategy: factors = ({name!r},).")

    def forecast(self, model: str) -> Forecast | None:
        """A model's forecast made from the newest bar; None where it has none."""
        return self._seen.forecasts.get(self._id, {}).get(model)

    def _column(self, name: str, length: int) -> Floats:
        return self._history(length).column(name, length)

    def _history(self, length: int) -> BarHistory:
        history = self._seen.histories[self._id]
        if not 1 <= length <= history.keep:
            message = f"{length} bars of {self._id} are asked for; {history.keep} are kept at most."
            raise DataError(message, f"Ask for 1 to {history.keep}, or set `history` on the strategy higher.")
        return history

    # Account -----------------------------------------------------------------------------------

    @property
    def holding(self) -> Holding:
        """What the strategy holds of the instrument."""
        book, key = self._seen.book, self._seen.holder(self._id)
        position, lots = book.positions.get(key), held_lots(book, key)
        if position is None or not lots:
            return Holding(0.0, math.nan, 0.0, 0.0, 0.0)
        instrument = self.instrument
        quantity = lots * instrument.lot_float
        value = lots_value_e8(book, self._id, lots)
        profit = value - in_base(book, position.cost_e8, instrument.quote_currency)
        capital = capital_e8(book, key.strategy)
        return Holding(
            quantity=quantity,
            average_price=position.cost_e8 / CASH_SCALE / quantity,
            value=value / CASH_SCALE,
            profit=profit / CASH_SCALE,
            weight=value / capital if capital > 0 else math.nan,
        )

    @property
    def equity(self) -> float:
        """The whole account, in the base currency."""
        return self._seen.book.equity_e8 / CASH_SCALE

    @property
    def capital(self) -> float:
        """The part of the account that the strategy may use, in the base currency."""
        return capital_e8(self._seen.book, self._seen.holder(self._id).strategy) / CASH_SCALE

    # Time --------------------------------------------------------------------------------------

    def wake(self, name: str, after: timedelta) -> None:
        """Ask for a call of ``on_timer`` under ``name`` once ``after`` has passed.

        A timer of the same name that has not come yet is replaced.
        """
        span_ns = (after // timedelta(microseconds=1)) * NS_PER_US
        if span_ns <= 0 or not name:
            message = f"The timer {name!r} is asked for after {after}."
            raise ConfigError(message, "Give it a name, and a time above nothing.")
        self._seen.wake(name, self._seen.ts_ns + span_ns)
