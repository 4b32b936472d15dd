"""Factor rows and forecasts of a whole session, computed in batch beforehand: what a model host would have
said.
"""

from itertools import chain, pairwise

from tradewind.alphas.forecasting import forecasts_from
from tradewind.app.market.history import as_known, what_happened
from tradewind.app.research.features import build_features
from tradewind.app.session.plan import SessionPlan
from tradewind.core.events import content_hash
from tradewind.core.forecasts import FactorRow, Forecast
from tradewind.core.panel import Samples
from tradewind.core.vocabulary import ActionKind

_FOREVER_NS = 2**63 - 1


def batch_forecasts(plan: SessionPlan) -> list[FactorRow | Forecast]:
    """Factor rows and forecasts of the whole session, in time order: what a model host would have said.

    A row comes before the forecasts made from it; factors are computed on each instrument's own bars. Each
    stretch between two splits is computed on its own share count, as the factors beside the loop are.
    """
    actions = what_happened(plan.series, plan.bars, plan.calendars)
    opened = plan.config.session.window.start_ns
    splits = {a.ts_event for a in actions if a.kind is ActionKind.SPLIT and a.ts_event > opened}
    edges = [opened, *sorted(splits), _FOREVER_NS]
    said = [_between(plan, begin_ns, end_ns) for begin_ns, end_ns in pairwise(edges)]
    return list(chain.from_iterable(said))


def _between(plan: SessionPlan, begin_ns: int, end_ns: int) -> list[FactorRow | Forecast]:
    """What is said in ``begin_ns <= ts < end_ns``, during which nothing is split."""
    bars = [b.between(0, end_ns) for b in as_known(plan.series, plan.bars, begin_ns)]
    features = build_features(
        [b for b in bars if len(b)], plan.instruments, plan.models.horizon_bars, {}, plan.models.names
    )
    samples = features.samples.take(features.samples.ts_event >= begin_ns)
    rows = factor_rows(samples)
    by_key = {(row.ts_event, row.instrument_id): [row] for row in rows}
    hashes = [row.data_hash for row in rows]
    events: dict[tuple[int, str], list[FactorRow | Forecast]] = {
        key: list(found) for key, found in by_key.items()
    }
    for model in plan.models.models:
        for forecast in forecasts_from(model.predict(samples), samples, model, hashes=hashes):
            events[forecast.ts_event, forecast.instrument_id].append(forecast)
    return _rows_then_forecasts(events)


def factor_rows(samples: Samples) -> list[FactorRow]:
    """Rows of samples as events, with the hash of their values."""
    values = samples.features()
    return [
        FactorRow(
            ts_event=int(ts),
            instrument_id=samples.instrument_ids[i],
            values=tuple(row.tolist()),
            data_hash=content_hash(row.astype("<f8").tobytes()),
        )
        for ts, i, row in zip(samples.ts_event.tolist(), samples.i.tolist(), values, strict=True)
    ]


def _rows_then_forecasts(
    events: dict[tuple[int, str], list[FactorRow | Forecast]],
) -> list[FactorRow | Forecast]:
    """By time: all rows of a moment, then its forecasts model by model, as a host gives them."""
    by_time: dict[int, list[FactorRow | Forecast]] = {}
    for (ts, _), found in sorted(events.items(), key=lambda item: item[0][0]):
        by_time.setdefault(ts, []).extend(found)
    ordered: list[FactorRow | Forecast] = []
    for ts in sorted(by_time):
        found = by_time[ts]
        ordered += [event for event in found if isinstance(event, FactorRow)]
        said = [event for event in found if isinstance(event, Forecast)]
        models = list(dict.fromkeys(forecast.model for forecast in said))
        ordered += [forecast for model in models for forecast in said if forecast.model == model]
    return ordered
