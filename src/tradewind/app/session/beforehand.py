"""Factor rows and forecasts in batch: those of a whole backtest, and the past that models remember."""

from collections.abc import Iterator
from dataclasses import replace

from tradewind.alphas.forecasting import forecasts_from
from tradewind.app.session.loading import timeframes_of
from tradewind.app.session.plan import SessionPlan
from tradewind.app.session.splits import features_as_then
from tradewind.core.events import content_hash
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.panel import Samples


def batch_forecasts(plan: SessionPlan) -> list[FactorRow | Forecast]:
    """Factor rows and forecasts of the whole session, in time order: what a model host would have said.

    By moment all rows come first, timeframe by timeframe, then the forecasts made from them, model by model.
    Factors are computed on each instrument's own bars, split-adjusted as of the row's own moment.
    """
    if not plan.models.names:
        return []  # nobody reads a factor
    by_timeframe = {timeframe: _session_rows(plan, timeframe) for timeframe in timeframes_of(plan.bars)}
    rows = {timeframe: factor_rows(samples, timeframe) for timeframe, samples in by_timeframe.items()}
    said: list[list[Forecast]] = []
    for group in plan.models.groups:
        if group.timeframe not in by_timeframe:
            continue
        # Models look at no label, so rows cut for one horizon serve another.
        samples = replace(by_timeframe[group.timeframe], horizon_bars=group.horizon_bars)
        hashes = [row.data_hash for row in rows[group.timeframe]]
        said += [
            forecasts_from(m.predict(samples), samples, m, timeframe=group.timeframe, hashes=hashes)
            for m in group.models
        ]
    return list(_in_order(plan, [row for found in rows.values() for row in found], said))


def factor_rows(samples: Samples, timeframe: str = "1d") -> list[FactorRow]:
    """Rows of samples as events, with the hash of their values."""
    values = samples.features()
    return [
        FactorRow(
            ts_event=int(ts),
            instrument_id=samples.instrument_ids[i],
            values=tuple(row.tolist()),
            timeframe=timeframe,
            data_hash=content_hash(row.astype("<f8").tobytes()),
        )
        for ts, i, row in zip(samples.ts_event.tolist(), samples.i.tolist(), values, strict=True)
    ]


def past_rows(plan: SessionPlan, before_ns: int, length: int) -> list[FactorRow]:
    """The last ``length`` factor rows of each series before a moment, oldest first."""
    kept: list[FactorRow] = []
    for timeframe in timeframes_of(plan.bars):
        known = [b.between(0, before_ns) for b in plan.bars if b.timeframe == timeframe]
        known = [b for b in known if len(b)]
        if not known:
            continue
        samples = features_as_then(known, plan.instruments, plan.models.names, ())
        by_instrument: dict[str, list[FactorRow]] = {}
        for row in factor_rows(samples, timeframe):
            by_instrument.setdefault(row.instrument_id, []).append(row)
        for rows in by_instrument.values():
            kept += rows[-length:]
    return sorted(kept, key=lambda row: row.ts_event)


def _session_rows(plan: SessionPlan, timeframe: str) -> Samples:
    bars = [b for b in plan.bars if b.timeframe == timeframe]
    samples = features_as_then(bars, plan.instruments, plan.models.names, plan.actions)
    return samples.take(samples.ts_event >= plan.config.session.window.start_ns)


def _in_order(
    plan: SessionPlan, rows: list[FactorRow], said: list[list[Forecast]]
) -> Iterator[FactorRow | Forecast]:
    """By time: all rows of a moment, then its forecasts model by model, as stages and hosts give them."""
    place = {instrument_id: n for n, instrument_id in enumerate(plan.instruments)}
    frames = {timeframe: n for n, timeframe in enumerate(timeframes_of(plan.bars))}
    ordered = sorted(rows, key=lambda row: (row.ts_event, frames[row.timeframe], place[row.instrument_id]))
    by_time: dict[int, tuple[list[FactorRow], list[Forecast]]] = {}
    for row in ordered:
        by_time.setdefault(row.ts_event, ([], []))[0].append(row)
    for forecasts in said:
        for forecast in sorted(forecasts, key=lambda one: (one.ts_event, place[one.instrument_id])):
            by_time[forecast.ts_event][1].append(forecast)
    for moment in sorted(by_time):
        of_moment, heard = by_time[moment]
        yield from of_moment
        yield from heard
