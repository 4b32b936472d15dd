import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError, DataError
from tradewind.core.panel import Samples
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.validation.combinatorial import (
    CombinatorialPlan,
    combinatorial_folds,
    path_of_split,
    path_rows,
    row_groups,
)
from tradewind.validation.spans import parse_span, shifted
from tradewind.validation.splits import WalkForwardPlan, fixed_split, walk_forward_folds


def made_samples(days, instruments=2, label_bars=1, seed=0, missing=0.0):
    """Daily rows whose labels take ``label_bars`` days, some rows missing, the last labels not known."""
    rng = np.random.default_rng(seed)
    t = np.repeat(np.arange(days), instruments)
    i = np.tile(np.arange(instruments), days)
    keep = rng.random(len(t)) >= missing
    t, i = t[keep], i[keep]
    start = parse_ns("2015-01-01T21:00:00+00:00")
    ts = start + t * NS_PER_DAY
    label = np.where(t + label_bars < days, rng.normal(0, 0.01, len(t)), np.nan)
    return Samples(
        cube=rng.standard_normal((days, instruments, 3)),
        t=t,
        i=i,
        ts_event=ts,
        label_return=label,
        label_end=ts + label_bars * NS_PER_DAY,
        weight=np.ones(len(t)),
        names=("a", "b", "c"),
        instrument_ids=tuple("XYZW"[:instruments]),
        horizon_bars=label_bars,
    )


plans = st.builds(
    WalkForwardPlan,
    train=st.sampled_from(["90d", "4mo", "100b", "26w"]),
    validation=st.sampled_from(["0d", "1mo", "15d", "20b"]),
    test=st.just("1mo"),
    step=st.sampled_from(["1mo", "2mo", "45d"]),
    embargo=st.sampled_from(["0d", "1d", "5d", "3b"]),
    expanding=st.booleans(),
    min_train_rows=st.just(1),
)


@settings(max_examples=60, deadline=None)
@given(plan=plans, label_bars=st.integers(1, 12), seed=st.integers(0, 5), missing=st.sampled_from([0.0, 0.3]))
def test_no_training_label_reaches_a_later_part(plan, label_bars, seed, missing):
    samples = made_samples(420, label_bars=label_bars, seed=seed, missing=missing)
    times = np.unique(samples.ts_event)
    embargo = parse_span(plan.embargo)
    seen = []
    for fold in walk_forward_folds(samples, plan):
        parts = [fold.train, fold.validation, fold.test]
        assert sum(len(p) for p in parts) == len(np.unique(np.concatenate(parts)))
        gap_end = shifted(fold.test_start_ns, embargo, times, -1)
        learned = np.concatenate([fold.train, fold.validation])
        assert (samples.label_end[learned] <= gap_end).all()
        assert (samples.ts_event[fold.test] >= fold.test_start_ns).all()
        assert np.isfinite(samples.label_return[learned]).all()
        if len(fold.validation):
            first = samples.ts_event[fold.validation].min()
            assert (samples.label_end[fold.train] <= first).all()
        seen.append(fold.test)
    tested = np.concatenate(seen)
    assert len(tested) == len(np.unique(tested))


def test_monthly_tests_leave_no_day_out_and_none_twice():
    samples = made_samples(1500)
    folds = walk_forward_folds(samples, WalkForwardPlan(train="2y", validation="3mo"))
    tested = np.concatenate([fold.test for fold in folds])
    first = int(np.searchsorted(samples.ts_event, folds[0].test_start_ns))
    assert np.array_equal(tested, np.arange(first, len(samples)))
    assert iso(folds[0].test_start_ns) == "2017-04-01T21:00:00Z"
    assert iso(folds[1].test_start_ns) == "2017-05-01T21:00:00Z"
    rolling = samples.ts_event[folds[-1].train]
    assert rolling.max() - rolling.min() <= 732 * NS_PER_DAY
    grown = walk_forward_folds(samples, WalkForwardPlan(train="2y", validation="3mo", expanding=True))
    assert all(fold.train[0] == 0 for fold in grown)


def test_a_start_on_the_31st_still_covers_every_day():
    samples = made_samples(700)
    shifted_samples = samples.take(samples.ts_event >= parse_ns("2015-01-31"))
    folds = walk_forward_folds(shifted_samples, WalkForwardPlan(train="6mo", validation="1mo"))
    tested = np.concatenate([fold.test for fold in folds])
    assert np.array_equal(tested, np.arange(tested[0], len(shifted_samples)))


def test_spans_in_bars_follow_the_data():
    samples = made_samples(300)
    plan = WalkForwardPlan(train="100b", validation="20b", test="10b", step="10b", embargo="0d")
    folds = walk_forward_folds(samples, plan)
    assert len(folds) == 18
    assert [len(fold.test) for fold in folds] == [20] * 18
    assert len(folds[0].train) == 2 * 100
    assert len(folds[0].validation) == 2 * 20


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train": "3 years"}, "not a length of time"),
        ({"test": "0d"}, "test length"),
        ({"embargo": "-1d"}, "not a length of time"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        WalkForwardPlan(**changes)


def test_too_little_history_says_what_is_missing():
    with pytest.raises(DataError, match="do not hold 3y of training"):
        walk_forward_folds(made_samples(400), WalkForwardPlan())
    with pytest.raises(DataError, match="usable training rows"):
        walk_forward_folds(made_samples(400), WalkForwardPlan(train="30d", validation="0d", embargo="29d"))
    with pytest.raises(ConfigError, match="shorter than a test slice"):
        walk_forward_folds(made_samples(400), WalkForwardPlan(train="90d", validation="0d", step="10d"))


def test_one_fixed_split_is_purged_too():
    samples = made_samples(200, label_bars=5)
    fold = fixed_split(samples, parse_ns("2015-04-01"), parse_ns("2015-06-01"), embargo="2d")
    assert samples.label_end[fold.train].max() <= parse_ns("2015-03-30")
    assert samples.label_end[fold.validation].max() <= parse_ns("2015-05-30")
    assert samples.ts_event[fold.validation].min() >= parse_ns("2015-04-01")
    assert fold.test[-1] == len(samples) - 1
    with pytest.raises(ConfigError, match="after the test"):
        fixed_split(samples, parse_ns("2015-06-01"), parse_ns("2015-04-01"))


@settings(max_examples=30, deadline=None)
@given(
    groups=st.integers(3, 7),
    tested=st.integers(1, 2),
    label_bars=st.integers(1, 10),
    embargo=st.sampled_from(["0d", "5d"]),
)
def test_combinatorial_training_rows_overlap_no_tested_label(groups, tested, label_bars, embargo):
    samples = made_samples(200, label_bars=label_bars, missing=0.1)
    plan = CombinatorialPlan(groups, tested, embargo)
    group = row_groups(samples, plan)
    gap = parse_span(embargo).count * NS_PER_DAY
    for fold in combinatorial_folds(samples, plan):
        for held in np.unique(group[fold.test]):
            rows = fold.test[group[fold.test] == held]
            start = samples.ts_event[rows].min()
            known = np.isfinite(samples.label_return[rows])
            end = np.where(known, samples.label_end[rows], samples.ts_event[rows]).max()
            begins, ends = samples.ts_event[fold.train], samples.label_end[fold.train]
            assert ((ends <= start) | (begins >= end + gap)).all()
        assert not np.intersect1d(fold.train, fold.test).size


def test_combinatorial_paths_are_whole():
    samples = made_samples(120)
    plan = CombinatorialPlan(6, 2)
    folds = combinatorial_folds(samples, plan)
    assert len(folds) == 15
    assert plan.paths == 5
    assert path_of_split(plan).max() == 4
    for path in range(plan.paths):
        chosen = [fold.test[k] for fold, k in zip(folds, path_rows(samples, plan, folds, path), strict=True)]
        assert np.array_equal(np.sort(np.concatenate(chosen)), np.arange(len(samples)))
    with pytest.raises(ConfigError, match="cannot be tested"):
        CombinatorialPlan(4, 4)
