"""A session's tear sheet: everything that its page shows beside the session view, as plain rows.

Times are ISO UTC, percentages are floats in percent, money is exact decimal text in the base currency. NaN
stands for what is not known.
"""

import msgspec

from tradewind.views.report.measures import SessionStatistics
from tradewind.views.report.trade_rows import ClosedTradeRow
from tradewind.views.rows import Row


class YearRow(Row, frozen=True, kw_only=True):
    """One year of the monthly table; a month without a day of the session is None."""

    year: int
    months_pct: tuple[float | None, ...]
    year_pct: float
    benchmark_pct: float | None = None


class TrailingRow(Row, frozen=True, kw_only=True):
    """A latest stretch of time, a year where it is longer than one (``annual``)."""

    name: str
    annual: bool
    return_pct: float
    benchmark_pct: float | None = None


class DrawdownRow(Row, frozen=True, kw_only=True):
    """One fall: from the day of the peak over the trough to the day on which it was made good."""

    start: str
    trough: str
    end: str | None
    depth_pct: float
    days: int
    days_to_trough: int


class RollingRow(Row, frozen=True, kw_only=True, array_like=True):
    """Figures of the window that ends at ``ts``, a year."""

    ts: str
    sharpe: float
    volatility_pct: float


class Rolling(Row, frozen=True, kw_only=True):
    """Rolling figures over windows of ``window`` daily returns."""

    window: int
    points: tuple[RollingRow, ...]


class GrowthRow(Row, frozen=True, kw_only=True, array_like=True):
    """What was gained since the start, of the account and of the benchmark."""

    ts: str
    account_pct: float
    benchmark_pct: float


class FillMark(Row, frozen=True, kw_only=True, array_like=True):
    """A fill on a price chart; ``side`` is 1 for bought, -1 for sold."""

    ts: str
    side: int
    price: float


class PriceChart(Row, frozen=True, kw_only=True):
    """Closes of one instrument, thinned to what a chart can show, with all its fills.

    Prices are on the share count of the end.
    """

    instrument_id: str
    currency: str
    ts: tuple[str, ...]
    close: tuple[float, ...]
    fills: tuple[FillMark, ...]


class InstrumentCost(Row, frozen=True, kw_only=True):
    """What trading one instrument cost, in the base currency, and in bps of what was traded of it."""

    instrument_id: str
    fills: int
    traded: str
    commission: str
    spread: str
    slippage: str
    cost: str
    cost_bps: float


class EarnedRow(Row, frozen=True, kw_only=True):
    """Who, what or which month earned what; each kind adds up to the session's profit."""

    by: str
    name: str
    profit: str


class BreakerSpan(Row, frozen=True, kw_only=True):
    """One time that a breaker stood tripped; ``until`` is None while it does."""

    breaker: str
    scope: str
    action: str
    since: str
    until: str | None
    rearmed_by: str
    reason: str


class RefusalCount(Row, frozen=True, kw_only=True):
    """How many orders a rule, or the venue, refused."""

    rule: str
    orders: int


class StrategySheet(Row, frozen=True, kw_only=True):
    """A strategy as the session was begun with it; ``sha256`` is that of its file, empty for one of ours."""

    strategy: str
    use: str
    sha256: str
    timeframe: str
    capital_share: float
    instruments: tuple[str, ...]
    parameters: dict[str, float | bool | str]


class TearSheet(Row, frozen=True, kw_only=True):
    """All of it."""

    statistics: SessionStatistics
    years: tuple[YearRow, ...] = ()
    trailing: tuple[TrailingRow, ...] = ()
    worst: tuple[DrawdownRow, ...] = ()
    rolling: tuple[Rolling, ...] = ()
    growth: tuple[GrowthRow, ...] = ()
    days_pct: tuple[float, ...] = ()
    """Every daily return, for the histogram."""
    charts: tuple[PriceChart, ...] = ()
    trades: tuple[ClosedTradeRow, ...] = ()
    costs: tuple[InstrumentCost, ...] = ()
    earned: tuple[EarnedRow, ...] = ()
    breakers: tuple[BreakerSpan, ...] = ()
    refusals: tuple[RefusalCount, ...] = ()
    strategies: tuple[StrategySheet, ...] = ()
    notes: tuple[str, ...] = msgspec.field(default=())
    """What is left out of the sheet, and why."""
