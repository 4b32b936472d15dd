"""A session's tear sheet from what was read of its journal."""

from collections.abc import Iterable
from datetime import date

import numpy as np

from tradewind.app.session.benchmarks import Benchmark, bought_and_held
from tradewind.app.session.daily_equity import DailyAccount
from tradewind.app.session.session_record import SessionRecord
from tradewind.app.session.statistics import fall_days, statistics_of
from tradewind.core.events import PARAMETER, StrategyTerms
from tradewind.core.money import CASH_SCALE
from tradewind.core.panel import Floats
from tradewind.core.timestamps import iso
from tradewind.core.trading_calendar import account_day
from tradewind.portfolio.attribution import Attribution
from tradewind.validation.calendar_returns import by_month, by_year, dates_of, trailing_returns
from tradewind.validation.drawdowns import drawdowns, wealth_of
from tradewind.validation.performance import periods_per_year, sharpe_ratio
from tradewind.views.amounts import cash_text
from tradewind.views.report.measures import NAN
from tradewind.views.report.tear_sheet import (
    BreakerSpan,
    DrawdownRow,
    EarnedRow,
    FillMark,
    GrowthRow,
    InstrumentCost,
    PriceChart,
    RefusalCount,
    Rolling,
    RollingRow,
    StrategySheet,
    TearSheet,
    TrailingRow,
    YearRow,
)

WINDOWS = (63, 252)
"""A quarter and a year of trading days."""
DEEPEST = 5
MOST_CHARTS = 12
_LEAST_POINTS = 20
"""Of a rolling line; with fewer windows there is nothing to see."""
CHART_POINTS = 600


def tear_sheet(record: SessionRecord, found: Attribution, benchmark: Benchmark | None = None) -> TearSheet:
    """Everything but the session view; the benchmark is the instruments bought and held if none is given."""
    against = benchmark or bought_and_held(record)
    daily = record.daily
    charts, left_out = _charts(record)
    return TearSheet(
        statistics=statistics_of(record, against),
        years=tuple(_years(daily, against)),
        trailing=tuple(_trailing(daily, against)),
        worst=tuple(_worst(daily)),
        rolling=tuple(_rolling(daily)),
        growth=tuple(_growth(daily, against)),
        days_pct=tuple(100.0 * value for value in daily.returns.tolist()),
        charts=charts,
        trades=tuple(record.trades.rows),
        costs=tuple(_costs(record)),
        earned=tuple(_earned(record, found)),
        breakers=tuple(_breakers(record)),
        refusals=tuple(
            RefusalCount(rule=rule, orders=count) for rule, count in record.refusals.most_common()
        ),
        strategies=tuple(map(_strategy, record.started.strategies)),
        notes=left_out,
    )


def _years(daily: DailyAccount, benchmark: Benchmark | None) -> Iterable[YearRow]:
    if not len(daily):
        return
    months = by_month(daily.ts_ns, daily.returns)
    known = {label: 100.0 * value for label, value in zip(months.label, months.value.tolist(), strict=True)}
    years = by_year(daily.ts_ns, daily.returns)
    held = by_year(daily.ts_ns, benchmark.returns).value.tolist() if benchmark is not None else None
    for place, (first, value) in enumerate(zip(years.label, years.value.tolist(), strict=True)):
        yield YearRow(
            year=first.year,
            months_pct=tuple(known.get(date(first.year, month, 1)) for month in range(1, 13)),
            year_pct=100.0 * value,
            benchmark_pct=None if held is None else 100.0 * held[place],
        )


def _trailing(daily: DailyAccount, benchmark: Benchmark | None) -> Iterable[TrailingRow]:
    own = trailing_returns(daily.ts_ns, daily.returns)
    held = trailing_returns(daily.ts_ns, benchmark.returns) if benchmark is not None else None
    for place, one in enumerate(own):
        if one.value == one.value:
            yield TrailingRow(
                name=one.name,
                annual=one.annual,
                return_pct=100.0 * one.value,
                benchmark_pct=None if held is None else 100.0 * held[place].value,
            )


def _worst(daily: DailyAccount) -> Iterable[DrawdownRow]:
    falls = sorted(drawdowns(daily.returns), key=lambda fall: fall.depth)[:DEEPEST]
    for fall in falls:
        start = daily.start_ts if fall.peak < 0 else int(daily.ts_ns[fall.peak])
        trough = int(daily.ts_ns[fall.trough])
        yield DrawdownRow(
            start=iso(start),
            trough=iso(trough),
            end=None if fall.recovered is None else iso(int(daily.ts_ns[fall.recovered])),
            depth_pct=100.0 * fall.depth,
            days=int(fall_days(daily, fall)),
            days_to_trough=account_day(trough) - account_day(start),
        )


def _rolling(daily: DailyAccount) -> Iterable[Rolling]:
    """Each window of which there are enough."""
    for window in WINDOWS:
        if len(daily) < window + _LEAST_POINTS:
            continue
        per_year = periods_per_year(daily.ts_ns)
        parts = np.lib.stride_tricks.sliding_window_view(daily.returns, window).T
        sharpe = sharpe_ratio(np.ascontiguousarray(parts)) * per_year**0.5
        spread = 100.0 * np.std(parts, axis=0, ddof=1) * per_year**0.5
        yield Rolling(
            window=window,
            points=tuple(
                RollingRow(ts=iso(int(ts)), sharpe=float(s), volatility_pct=float(v))
                for ts, s, v in zip(daily.ts_ns[window - 1 :], sharpe, spread, strict=True)
            ),
        )


def _growth(daily: DailyAccount, benchmark: Benchmark | None) -> Iterable[GrowthRow]:
    own = 100.0 * (wealth_of(daily.returns) - 1.0)
    held = 100.0 * (wealth_of(benchmark.returns) - 1.0) if benchmark is not None else np.full(len(own), NAN)
    for ts, mine, other in zip(daily.ts_ns.tolist(), own.tolist(), held.tolist(), strict=True):
        yield GrowthRow(ts=iso(ts), account_pct=mine, benchmark_pct=other)


def _charts(record: SessionRecord) -> tuple[tuple[PriceChart, ...], tuple[str, ...]]:
    """Of each traded instrument, those of which most was traded first; and what was left out."""
    traded = sorted(record.costs.by_instrument.items(), key=lambda item: (-item[1].traded_e8, item[0]))
    names = [name for name, _ in traded if name in record.prices.lines]
    notes = []
    if len(names) > MOST_CHARTS:
        left = len(names) - MOST_CHARTS
        notes.append(f"{left} more instruments were traded than have a price chart here.")
    return tuple(_chart(record, name) for name in names[:MOST_CHARTS]), tuple(notes)


def _chart(record: SessionRecord, name: str) -> PriceChart:
    line = record.prices.lines[name]
    shown = _thinned(np.frombuffer(line.close, np.float64) if len(line.close) else np.zeros(0))
    return PriceChart(
        instrument_id=name,
        currency=record.book.instruments[name].quote_currency,
        ts=tuple(iso(line.ts_ns[place]) for place in shown),
        close=tuple(line.close[place] for place in shown),
        fills=tuple(FillMark(ts=iso(ts), side=side, price=price) for ts, side, price in line.fills),
    )


def _thinned(close: Floats) -> list[int]:
    """Places to draw: of each stretch its lowest and highest close, so that no spike is lost."""
    count = len(close)
    if count <= CHART_POINTS:
        return list(range(count))
    kept = {0, count - 1}
    for part in np.array_split(np.arange(count), CHART_POINTS // 2):
        kept |= {int(part[np.argmin(close[part])]), int(part[np.argmax(close[part])])}
    return sorted(kept)


def _costs(record: SessionRecord) -> Iterable[InstrumentCost]:
    for name, one in sorted(record.costs.by_instrument.items()):
        yield InstrumentCost(
            instrument_id=name,
            fills=one.fills,
            traded=cash_text(one.traded_e8),
            commission=cash_text(one.commission_e8),
            spread=cash_text(one.spread_e8),
            slippage=cash_text(one.slippage_e8),
            cost=cash_text(one.total_e8),
            cost_bps=10_000.0 * one.total_e8 / one.traded_e8 if one.traded_e8 else NAN,
        )


def _earned(record: SessionRecord, found: Attribution) -> Iterable[EarnedRow]:
    for by, table in (("strategy", found.by_strategy), ("instrument", found.by_id)):
        for name, amount in sorted(table.items()):
            yield EarnedRow(by=by, name=name, profit=cash_text(amount))
    months: dict[str, float] = {}
    for day, profit in zip(dates_of(record.daily.ts_ns), record.daily.profit.tolist(), strict=True):
        month = f"{day:%Y-%m}"
        months[month] = months.get(month, 0.0) + profit
    for month, earned in months.items():
        yield EarnedRow(by="month", name=month, profit=cash_text(round(earned * CASH_SCALE)))


def _breakers(record: SessionRecord) -> Iterable[BreakerSpan]:
    for trip, rearmed in record.trips:
        yield BreakerSpan(
            breaker=trip.breaker,
            scope=trip.scope_key or str(trip.scope),
            action=str(trip.action),
            since=iso(trip.ts_event),
            until=None if rearmed is None else iso(rearmed.ts_event),
            rearmed_by="" if rearmed is None else rearmed.by,
            reason=trip.reason,
        )


def _strategy(terms: StrategyTerms) -> StrategySheet:
    """``parameters.fast`` is a strategy's own parameter; what says where its code lies is told apart."""
    told = dict(terms.parameters)
    use, sha256 = str(told.pop("use", "")), str(told.pop("sha256", ""))
    return StrategySheet(
        strategy=terms.strategy,
        use=use,
        sha256=sha256,
        timeframe=terms.timeframe,
        capital_share=terms.capital_share,
        instruments=terms.instrument_ids,
        parameters={name.removeprefix(PARAMETER): value for name, value in told.items()},
    )
