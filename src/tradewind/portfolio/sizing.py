"""From one blended view to a target in lots, step by step, each step named and kept.

The steps run in this order and none of them ever enlarges what the one before gave: Kelly, confidence,
regime, volatility target, shorting, position limit, leverage, class headroom, gross headroom, liquidity,
rounding. Everything is against the book as it stands, with the open orders of other instruments counted in
full.
"""

import math
from typing import NamedTuple

from tradewind.core.book import Book, PositionKey, capital_e8
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import Instrument, class_group
from tradewind.core.money import CASH_SCALE, round_to_grid
from tradewind.core.settings import Limit, Part, Settings
from tradewind.kernels.limits import cap_e8
from tradewind.kernels.sizing import clip_weight, variance_over
from tradewind.portfolio.exposure import taken_by_others, unpriced, value_e8
from tradewind.portfolio.kelly import KellySettings, TradeRecord, discrete_kelly, forecast_kelly
from tradewind.portfolio.leverage import LeverageSettings, leverage_ceiling
from tradewind.portfolio.volatility_target import volatility_target

_BPS = 1e-4


class ClassLimits(Settings, frozen=True, kw_only=True):
    """One limit for each asset class, as a fraction of equity."""

    crypto: Limit
    equity: Limit
    fx: Limit

    def of(self, group: str) -> float:
        """The limit of a class group."""
        if group == "crypto":
            return self.crypto
        return self.fx if group == "fx" else self.equity


class SizingSettings(Settings, frozen=True, kw_only=True):
    """How a view becomes a size; the limits mirror those of the order gate.

    Attributes
    ----------
    use_confidence
        Multiply by the blend's confidence. Not together with ``kelly.prior_trades``: estimation error is met
        once.
    volatility_target_annual
        Largest annual volatility that one position may bring to the account.
    gross_limit, cash_reserve
        All positions together, as a fraction of equity, and what of it stays free for fees and for prices
        that move until the fill.
    volume_share
        Largest part of a day's usual value traded that the position may be.
    """

    kelly: KellySettings = KellySettings()
    use_confidence: bool = True
    volatility_target_annual: Limit = 0.15
    position_limits: ClassLimits = ClassLimits(crypto=0.20, equity=0.25, fx=0.25)
    class_limits: ClassLimits = ClassLimits(crypto=1.0, equity=1.0, fx=1.0)
    leverage: LeverageSettings = LeverageSettings()
    gross_limit: Limit = 1.0
    cash_reserve: Part = 0.02
    volume_share: Part = 0.01

    def __post_init__(self) -> None:
        if self.use_confidence and self.kelly.prior_trades > 0.0:
            message = "Both the confidence multiplier and the shrinkage of Kelly are on."
            raise ConfigError(message, "Use one: set use_confidence to false or kelly.prior_trades to 0.")


class SizingInputs(NamedTuple):
    """What sizing needs to know of one instrument's view.

    Attributes
    ----------
    edge_bps, cost_bps
        Expected return over the horizon, signed, before costs; and the round trip's cost, not negative.
    confidence
        Of the blend, in [0, 1].
    horizon_bars, bars_per_year
        Span of the edge, and how many such bars a year has.
    volatility_annual
        Of the instrument, as a fraction; NaN when unknown, and then nothing is bought.
    trades
        The strategy's record, where Kelly is to go by it; None goes by edge over variance.
    regime_scale
        0 to 1, from the regime; larger values count as 1.
    daily_value
        Usual value traded in a day, in the quote currency; NaN where there is no volume to go by.
    """

    edge_bps: float
    cost_bps: float
    confidence: float
    horizon_bars: int
    bars_per_year: float
    volatility_annual: float
    trades: TradeRecord | None = None
    regime_scale: float = 1.0
    daily_value: float = float("nan")


class SizedTarget(NamedTuple):
    """Signed lots to hold, and the weight (fraction of equity, signed) after each step, in order."""

    target_lots: int
    steps: dict[str, float]
    note: str = ""


def size_target(
    inputs: SizingInputs, holder: PositionKey, book: Book, settings: SizingSettings
) -> SizedTarget:
    """How many lots ``holder`` is to have for this view, out of its strategy's part of the capital.

    Weights are fractions of that capital; the limits of class and gross exposure are the whole account's.

    The target has the sign of the edge or is 0; it is 0 where the edge does not pay its cost, or where a
    figure that sizing needs is unknown (``note`` says which).
    """
    instrument = book.instruments.get(holder.instrument_id)
    problem = _unusable(inputs, instrument, holder, book)
    if problem or instrument is None:
        return SizedTarget(0, {"kelly": 0.0}, problem)
    weight = _kelly_step(inputs, settings)
    steps = {"kelly": weight}
    if weight == 0.0:
        return SizedTarget(0, steps, "the edge does not pay its cost")
    if settings.use_confidence:
        weight *= min(max(inputs.confidence, 0.0), 1.0)
        steps["confidence"] = weight
    weight *= min(max(inputs.regime_scale, 0.0), 1.0)
    steps["regime"] = weight
    weight = volatility_target(weight, inputs.volatility_annual, settings.volatility_target_annual)
    steps["volatility_target"] = weight
    if weight < 0.0 and not instrument.shortable:
        steps["shorting"] = 0.0
        return SizedTarget(0, steps, f"{instrument.id} is not shorted")
    group = class_group(instrument.asset_class)
    leverage = leverage_ceiling(settings.leverage, group, inputs.confidence, inputs.volatility_annual)
    return _under_ceilings(weight, steps, leverage, inputs.daily_value, instrument, holder, book, settings)


def size_weight(weight: float, holder: PositionKey, book: Book, settings: SizingSettings) -> SizedTarget:
    """How many lots ``holder`` is to have for a ``weight`` that somebody asks for, under the same ceilings.

    The weight is a signed fraction of the strategy's part of the capital; NaN and infinities size nothing.
    """
    instrument = book.instruments.get(holder.instrument_id)
    steps = {"asked": weight}
    problem = unpriced(book, instrument, holder.instrument_id)
    if not problem and not math.isfinite(weight):
        problem = f"the weight asked for is {weight}"
    if problem or instrument is None or weight == 0.0:
        return SizedTarget(0, steps, problem)
    if capital_e8(book, holder.strategy) <= 0:
        return SizedTarget(0, steps, "there is no equity")
    if not instrument.tradable:
        return SizedTarget(0, steps, f"{instrument.id} is watched only")
    if weight < 0.0 and not instrument.shortable:
        steps["shorting"] = 0.0
        return SizedTarget(0, steps, f"{instrument.id} is not shorted")
    base = settings.leverage.base
    return _under_ceilings(weight, steps, base, math.nan, instrument, holder, book, settings)


def _unusable(inputs: SizingInputs, instrument: Instrument | None, holder: PositionKey, book: Book) -> str:
    """Why nothing can be sized; empty when it can."""
    problem = unpriced(book, instrument, holder.instrument_id)
    if problem or instrument is None:
        return problem
    total = inputs.edge_bps + inputs.cost_bps + inputs.confidence + inputs.regime_scale
    if total - total != 0.0:
        return "the view has a figure that is not finite"
    if not inputs.volatility_annual > 0.0:
        return "the volatility is unknown"
    if capital_e8(book, holder.strategy) <= 0:
        return "there is no equity"
    return "" if instrument.tradable else f"{instrument.id} is watched only"


def _kelly_step(inputs: SizingInputs, settings: SizingSettings) -> float:
    net_bps = abs(inputs.edge_bps) - max(inputs.cost_bps, 0.0)
    if net_bps <= 0.0:
        return 0.0
    sign = 1.0 if inputs.edge_bps > 0.0 else -1.0
    if inputs.trades is not None:
        return sign * discrete_kelly(inputs.trades, settings.kelly)
    variance = variance_over(inputs.volatility_annual, inputs.horizon_bars, inputs.bars_per_year)
    return forecast_kelly(sign * net_bps * _BPS, variance, settings.kelly)


def _under_ceilings(
    weight: float,
    steps: dict[str, float],
    leverage: float,
    daily_value: float,
    instrument: Instrument,
    holder: PositionKey,
    book: Book,
    settings: SizingSettings,
) -> SizedTarget:
    """The weight under every ceiling, in cash as well as in weight, and then in whole lots."""
    equity, capital = book.equity_e8, capital_e8(book, holder.strategy)
    group = class_group(instrument.asset_class)
    taken = taken_by_others(book, holder, group)
    if taken.problem:
        steps["gross_headroom"] = 0.0
        return SizedTarget(0, steps, f"the exposure is unknown: {taken.problem}")
    total_limit = min(leverage, settings.gross_limit) - settings.cash_reserve
    most_e8 = {
        "position_limit": cap_e8(capital, settings.position_limits.of(group)),
        "leverage": cap_e8(capital, leverage),
        "class_headroom": cap_e8(equity, settings.class_limits.of(group)) - taken.class_e8,
        "gross_headroom": cap_e8(equity, total_limit) - taken.gross_e8,
    }
    if daily_value == daily_value:
        units = daily_value * settings.volume_share / _price(book, instrument)
        lots = round_to_grid(max(units, 0.0), instrument.lot_float)
        most_e8["liquidity"] = value_e8(book, instrument, lots)
    for name, cap in most_e8.items():
        weight = clip_weight(weight, cap / capital)
        steps[name] = weight
    lots = _lots_within(int(abs(weight) * capital), min(most_e8.values()), instrument, book)
    lots = lots if weight > 0.0 else -lots
    steps["rounding"] = value_e8(book, instrument, lots) / capital
    return SizedTarget(lots, steps)


def _price(book: Book, instrument: Instrument) -> float:
    return book.mark_ticks[instrument.id] * instrument.tick_float


def _lots_within(wanted_e8: int, cash_cap_e8: int, instrument: Instrument, book: Book) -> int:
    """Most whole lots whose exact value stays within what is wanted and the cap."""
    cap = min(wanted_e8, cash_cap_e8)
    if cap <= 0:
        return 0
    price = _price(book, instrument)
    rate = 1.0
    if instrument.quote_currency != book.base_currency:
        numerator, denominator = book.rates[instrument.quote_currency]
        rate = numerator / denominator
    lots = round_to_grid(cap / CASH_SCALE / (price * rate), instrument.lot_float)
    while lots > 0 and value_e8(book, instrument, lots) > cap:
        lots -= 1
    return lots
