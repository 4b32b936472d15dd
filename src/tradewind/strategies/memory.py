"""What the strategy remembers between events, in a form that a snapshot can hold."""

import math

import msgspec

from tradewind.core.forecasts import FactorRow, Forecast

WINDOW = 20
"""Bars that volatility, usual volume and the mean volume ratio look back over."""

MAY_TRADE = "accepted"


class InstrumentMemory(msgspec.Struct, kw_only=True):
    """Recent bars of one instrument, and how long its position has gone without a new signal."""

    last_close: float = math.nan
    returns: list[float] = msgspec.field(default_factory=list)
    values: list[float] = msgspec.field(default_factory=list)
    """Traded value of recent bars, in the quote currency."""
    ratios: list[float] = msgspec.field(default_factory=list)
    ratio_ts: int = 0
    bars_since_signal: int = 0
    held_lots: int = 0

    def take_bar(self, close: float, volume: float) -> float:
        """Remember a bar; gives its simple return, NaN for the first."""
        simple_return = close / self.last_close - 1.0
        self.last_close = close
        if not math.isnan(simple_return):
            _push(self.returns, simple_return)
        _push(self.values, close * volume)
        self.bars_since_signal += 1
        return simple_return

    def rescale(self, factor: float) -> None:
        """Prices of before a split on the basis after it; traded values stay what they were."""
        self.last_close *= factor

    def note_position(self, lots: int) -> None:
        """A position that is new starts its time anew."""
        if self.held_lots == 0 and lots != 0:
            self.bars_since_signal = 1
        self.held_lots = lots

    def volatility_annual(self, bars_per_year: float) -> float:
        """Standard deviation of the last returns, a year; NaN before there are enough."""
        if len(self.returns) < WINDOW:
            return math.nan
        mean = math.fsum(self.returns) / WINDOW
        variance = math.fsum((r - mean) ** 2 for r in self.returns) / (WINDOW - 1)
        return math.sqrt(variance * bars_per_year)

    def daily_value(self, bars_per_day: float) -> float:
        """Usual traded value of a day, from recent bars; NaN where the market has no volume figure."""
        total = math.fsum(self.values)
        return bars_per_day * total / len(self.values) if total > 0.0 else math.nan

    def mean_volume_ratio(self, ts_event: int, ratio: float) -> float:
        """Mean of the last volume ratios, this one included once; NaN before there are enough."""
        if ts_event > self.ratio_ts and not math.isnan(ratio):
            self.ratio_ts = ts_event
            _push(self.ratios, ratio)
        return math.fsum(self.ratios) / WINDOW if len(self.ratios) == WINDOW else math.nan


class StrategyMemory(msgspec.Struct, kw_only=True):
    """Latest rows and forecasts, what the gate said of each model, and counters."""

    rows: dict[str, FactorRow] = msgspec.field(default_factory=dict)
    forecasts: dict[str, dict[str, Forecast]] = msgspec.field(default_factory=dict)
    verdicts: dict[str, str] = msgspec.field(default_factory=dict)
    overridden: dict[str, str] = msgspec.field(default_factory=dict)
    instruments: dict[str, InstrumentMemory] = msgspec.field(default_factory=dict)
    decisions: int = 0

    def may_trade(self, model: str) -> bool:
        """Whether the gate accepted the model, or a person let it trade all the same."""
        return self.verdicts.get(model) == MAY_TRADE or model in self.overridden


def _push(values: list[float], value: float) -> None:
    values.append(value)
    if len(values) > WINDOW:
        del values[0]
