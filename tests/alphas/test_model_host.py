"""The host gives, row by row, what a batch gives; and it never raises."""

from dataclasses import replace

import numpy as np
import pytest

from sequence_model import sequence_model
from torch_absent import needs_torch
from tradewind.alphas.forecasting import forecasts_from, row_hash, row_hashes
from tradewind.alphas.host import LocalModelHost, ModelHosts
from tradewind.alphas.registry import MODELS
from tradewind.core.errors import ModelError
from tradewind.core.events import decode_event, encode_event
from tradewind.core.forecasts import FactorRow, Forecast, ForecastFailed
from tradewind.core.panel import Predictions

FIRST = 400


@pytest.fixture(scope="module")
def rows(samples):
    """A market in which instruments were listed at different times, and factors are missing."""
    made = samples("linear", T=460)
    rng = np.random.default_rng(8)
    absent = np.arange(460)[:, None] < np.array([0, 150, 390, 60])[None, :]
    made.cube[absent] = np.nan
    made.cube[rng.random(made.cube.shape) < 0.02] = np.nan
    return made.take(~absent[made.t, made.i])


@pytest.fixture(scope="module")
def models(rows, small):
    fitted = [MODELS.get(name)(**small.get(name, {})) for name in MODELS.names(available_only=True)]
    fitted.append(sequence_model())
    for model in fitted:
        model.fit(rows.take(rows.t < 280), rows.take((rows.t >= 280) & (rows.t < FIRST)), seed=1)
    return fitted


def factor_rows(rows):
    return [
        FactorRow(ts_event=int(ts), instrument_id=rows.instrument_ids[i], values=tuple(values.tolist()))
        for ts, i, values in zip(rows.ts_event, rows.i, rows.features(), strict=True)
    ]


def cycles(rows):
    for t in np.unique(rows.t):
        yield factor_rows(rows.take(rows.t == t))


def key(forecast):
    return forecast.model, forecast.instrument_id, forecast.ts_event


def test_the_host_equals_the_batch_on_the_same_rows(rows, models):
    host = LocalModelHost(models, rows.names, horizon_bars=1)
    for cycle in cycles(rows.take(rows.t < FIRST)):
        host.observe(cycle)
    late = rows.take(rows.t >= FIRST)
    live = {key(f): f for cycle in cycles(late) for f in host.forecasts(cycle)}
    batch = {key(f): f for m in models for f in forecasts_from(m.predict(late), late, m)}
    assert all(isinstance(f, Forecast) for f in live.values())
    assert live.keys() == batch.keys()
    assert len(live) > 0.9 * len(models) * len(late)
    lookback = {m.name: m.lookback for m in models}
    for name, one in live.items():
        other = batch[name]
        if lookback[one.model] == 1:
            assert one == other
        else:
            assert replace_floats(one) == replace_floats(other)
            for field in FLOATS:
                assert getattr(one, field) == pytest.approx(getattr(other, field), abs=1e-6, rel=1e-6)


FLOATS = ("expected_return_bps", "probability_up", "confidence", "lower_bps", "upper_bps")


def replace_floats(forecast):
    return {f: getattr(forecast, f) for f in forecast.__struct_fields__ if f not in FLOATS}


def test_a_host_that_was_warmed_all_at_once_is_the_same(rows, models):
    one, other = (LocalModelHost(models, rows.names, horizon_bars=1) for _ in range(2))
    early, (last, *_) = rows.take(rows.t < FIRST), list(cycles(rows.take(rows.t >= FIRST)))
    one.observe(factor_rows(early))
    for cycle in cycles(early.take(early.t >= FIRST - 10)):
        other.observe(cycle)
    assert [f for f in one.forecasts(last) if f.model != "bilstm"] == [
        f for f in other.forecasts(last) if f.model != "bilstm"
    ]
    assert len(one.forecasts(last)) == len(other.forecasts(last))


def test_forecasts_carry_origin_and_survive_the_wire(rows, models):
    late = rows.take(rows.t == FIRST)
    model = models[0]
    for r, forecast in enumerate(forecasts_from(model.predict(late), late, model)):
        assert decode_event(encode_event(forecast)) == forecast
        assert (forecast.model, forecast.model_version) == (model.name, model.version)
        assert forecast.ts_event == forecast.ts_recv == late.ts_event[r]
        assert forecast.data_hash == row_hash(late.features()[r]) == row_hashes(late)[r]
        assert len(forecast.data_hash) == 16


def test_a_rows_own_hash_is_passed_on(rows, models):
    host = LocalModelHost(models, rows.names, horizon_bars=1)
    cycle = factor_rows(rows.take(rows.t == FIRST))
    named = [
        FactorRow(ts_event=r.ts_event, instrument_id=r.instrument_id, values=r.values, data_hash="abc")
        for r in cycle
    ]
    assert {f.data_hash for f in host.forecasts(named)} == {"abc"}


class Broken:
    name, version, lookback = "broken", "1", 1

    def predict(self, rows):
        return 1 / 0


class Short(Broken):
    name = "short"

    def predict(self, rows):
        return Predictions(*(np.zeros(1),) * 5)


def test_a_failing_model_drops_out_and_the_others_go_on(rows, models):
    sound = next(m for m in models if m.name == "logistic")
    host = LocalModelHost([Broken(), Short(), sound], rows.names, horizon_bars=1)
    cycle = factor_rows(rows.take(rows.t == FIRST))
    said = host.forecasts(cycle)
    failed = [f for f in said if isinstance(f, ForecastFailed)]
    assert [(f.model, f.instrument_id) for f in failed] == [
        (name, row.instrument_id) for name in ("broken", "short") for row in cycle
    ]
    assert failed[0].reason == "ZeroDivisionError: division by zero"
    assert {f.model for f in said if isinstance(f, Forecast)} == {"logistic"}


def test_a_model_whose_factor_is_not_in_the_session_fails_by_name(rows, models):
    logistic = next(m for m in models if m.name == "logistic")
    host = LocalModelHost([logistic], rows.names[1:], horizon_bars=1)
    cycle = factor_rows(rows.take(rows.t == FIRST))
    cut = [FactorRow(ts_event=r.ts_event, instrument_id=r.instrument_id, values=r.values[1:]) for r in cycle]
    said = host.forecasts(cut)
    assert len(said) == len(cycle)
    assert all(isinstance(f, ForecastFailed) and "rsi" in f.reason for f in said)


def test_rows_that_do_not_fit_or_come_late_fail_and_are_not_raised(rows, models):
    host = LocalModelHost(models[:2], rows.names, horizon_bars=1)
    wrong = FactorRow(ts_event=1, instrument_id="X", values=(1.0,))
    assert all("1 values for" in f.reason for f in host.forecasts([wrong]))
    assert len(host.forecasts([wrong])) == 2
    for cycle in cycles(rows.take(rows.t < 80)):
        host.observe(cycle)
    late = factor_rows(rows.take(rows.t == 2))
    assert all(isinstance(f, ForecastFailed) and "older than" in f.reason for f in host.forecasts(late))
    assert host.forecasts([]) == []


def test_rows_that_cannot_be_judged_give_nothing(rows, models):
    host = LocalModelHost(models, rows.names, horizon_bars=1)
    empty = FactorRow(ts_event=1, instrument_id="X", values=(float("nan"),) * len(rows.names))
    assert host.forecasts([empty]) == []


def test_two_versions_of_one_model_are_refused(rows, models):
    with pytest.raises(ModelError, match=models[0].name):
        LocalModelHost([models[0], models[0]], rows.names, horizon_bars=1)


def test_predictions_and_rows_must_match(rows, models):
    late = rows.take(rows.t == FIRST)
    with pytest.raises(ModelError, match="Predict on the same rows"):
        forecasts_from(models[0].predict(late), late.take(np.array([0])), models[0])


def test_every_nan_is_hashed_the_same():
    quiet = np.array([np.nan, 1.0])
    other = np.array([-np.nan, 1.0])
    assert quiet.tobytes() != other.tobytes()
    assert row_hash(quiet) == row_hash(other) != row_hash(np.array([0.0, 1.0]))


def test_labels_play_no_part(rows, models):
    late = rows.take(rows.t == FIRST)
    blind = replace(late, label_return=np.full(len(late), np.nan))
    assert forecasts_from(models[0].predict(late), late, models[0]) == forecasts_from(
        models[0].predict(blind), blind, models[0]
    )


@pytest.mark.parametrize("name", ["fading_means", pytest.param("bilstm", marks=needs_torch)])
def test_a_host_goes_on_from_its_state_and_the_recorded_rows(rows, models, name):
    """After a crash: the state of a while ago, the rows since, some twice. No hole is in any window."""
    model = next(m for m in models if m.name == name)
    whole, late = (LocalModelHost([model], rows.names, horizon_bars=1) for _ in range(2))
    past = list(cycles(rows.take(rows.t < FIRST)))
    for cycle in past[:-5]:
        whole.observe(cycle)
    kept = whole.snapshot()
    for cycle in past[-5:]:
        whole.observe(cycle)
    late.restore(kept)
    assert late.snapshot() == kept
    for cycle in past[-8:]:  # three cycles are in the state already
        late.observe(cycle)
    assert late.snapshot() == whole.snapshot()
    now = factor_rows(rows.take(rows.t == FIRST))
    said = whole.forecasts(now)
    assert said
    assert late.forecasts(now) == said
    holed = LocalModelHost([model], rows.names, horizon_bars=1)
    holed.restore(kept)
    assert holed.forecasts(now) != said  # what a forgotten tail would come to


def test_the_order_in_which_instruments_came_does_not_matter(rows, models):
    cycle = factor_rows(rows.take(rows.t == FIRST))
    one, other = (LocalModelHost(models[:1], rows.names, horizon_bars=1) for _ in range(2))
    one.observe(cycle)
    other.observe(cycle[::-1])
    assert one.snapshot() == other.snapshot()


class Even(Broken):
    name = "even"

    def predict(self, rows):
        return Predictions(*(np.full(len(rows), 0.5),) * 5)


def test_a_host_answers_rows_of_its_own_timeframe_alone(rows):
    even = Even()
    hosts = ModelHosts(
        [
            LocalModelHost([even], rows.names, horizon_bars=2, timeframe="15m"),
            LocalModelHost([even], rows.names, horizon_bars=5, timeframe="1d"),
        ]
    )
    daily = factor_rows(rows.take(rows.t == FIRST))
    quarter = [
        FactorRow(ts_event=r.ts_event, instrument_id=r.instrument_id, values=r.values, timeframe="15m")
        for r in daily
    ]
    said = hosts.forecasts([*daily, *quarter])
    assert [(f.timeframe, f.horizon_bars) for f in said] == [("15m", 2)] * len(quarter) + [("1d", 5)] * len(
        daily
    )
    answers = list(hosts.answers([*daily, *quarter]))
    assert [name for name, _ in answers] == list(hosts.model_names) == ["even"]
    assert list(answers[0][1]) == list(said)
    assert [(name, len(heard)) for name, heard in hosts.answers(quarter)] == [("even", len(quarter))]
    again = ModelHosts(
        [LocalModelHost([even], rows.names, horizon_bars=h, timeframe=f) for h, f in ((2, "15m"), (5, "1d"))]
    )
    again.restore(hosts.snapshot())
    assert again.snapshot() == hosts.snapshot()


def test_a_state_of_others_is_refused(rows, models):
    host = LocalModelHost(models[:1], rows.names, horizon_bars=1)
    with pytest.raises(ModelError, match="other factors"):
        LocalModelHost(models[:1], rows.names[1:], horizon_bars=1).restore(host.snapshot())
    with pytest.raises(ModelError, match="cannot be read"):
        host.restore(b"\xc1")
    with pytest.raises(ModelError, match="1 model hosts; there are 0"):
        ModelHosts([]).restore(ModelHosts([host]).snapshot())
