"""Observations in the store: nothing is lost or changed, nothing looks ahead, whatever comes in which order.

Held against a naive implementation: lists of tuples that are searched from end to end.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.core.errors import MalformedPayloadError, StoreError
from tradewind.core.series import Observation, observations_of
from tradewind.store.observations import append_observations, read_observations, stored_observations
from tradewind.store.parquet import ParquetTables

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOW = 1_000

values = st.sampled_from([1.0, 2.0, 3.0, math.nan])
said = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 8)), st.tuples(values, st.sampled_from(["%", "USD"]))
)
"""By period and moment, a value and its unit."""


def batch(rows, *, by_sight=False):
    made = [Observation("GDP", *key, *what) for key, what in rows.items()]
    return observations_of("GDP", "fred", made, seen=by_sight)


def same(one, other):
    return (math.isnan(one[0]) and math.isnan(other[0])) or one == other


def naive_as_of(rows, moment):
    """``rows`` are (period, known, value, unit) in any order."""
    found = {}
    for period in {row[0] for row in rows}:
        known = [row for row in rows if row[0] == period and row[1] <= moment]
        if known:
            newest = max(known, key=lambda row: row[1])
            if not math.isnan(newest[2]):
                found[period] = newest[2:]
    return found


def as_of(series, moment):
    read = series.as_of(moment)
    assert len(set(read.ts_period.tolist())) == len(read), "one value a period"
    assert all(read.ts_known <= moment), "nothing looks ahead"
    return {row.ts_period: (row.value, row.unit) for row in read.rows()}


def stored_rows(store):
    return [row[1:] for row in read_observations(store, "fred", "GDP").rows()]


@QUIET
@given(said)
def test_as_of_any_moment_it_reads_as_the_naive_one(rows):
    flat = [(*key, *what) for key, what in rows.items()]
    series = batch(rows)
    for moment in range(-1, 10):
        assert as_of(series, moment) == naive_as_of(flat, moment)


@QUIET
@given(said)
def test_step_by_step_it_is_the_newest_period_that_was_known(rows):
    flat = [(*key, *what) for key, what in rows.items()]
    steps = batch(rows).steps(7)
    moments = steps.ts_known.tolist()
    assert moments == sorted(set(moments))
    for moment in range(-1, 8):
        known = naive_as_of(flat, moment)
        read = [row for row in steps.rows() if row.ts_known <= moment][-1:]
        if known:
            assert (read[0].ts_period, (read[0].value, read[0].unit)) == max(known.items())
    assert all(moment <= 7 for moment in moments)


@QUIET
@given(said)
def test_the_same_twice_changes_nothing(tmp_path_factory, rows):
    store = ParquetTables(tmp_path_factory.mktemp("store"))
    first = append_observations(store, batch(rows), NOW)
    again = append_observations(store, batch(rows), NOW + 5)
    assert (first.added, first.differing) == (first.rows, 0)
    assert (again.added, again.differing, again.rows, again.changed) == (0, 0, first.rows, False)


@QUIET
@given(st.lists(st.tuples(said, st.booleans()), min_size=1, max_size=4))
def test_nothing_that_is_stored_is_ever_lost_or_changed(tmp_path_factory, batches):
    store = ParquetTables(tmp_path_factory.mktemp("store"))
    model = []
    for number, (rows, by_sight) in enumerate(batches):
        now = NOW + 10 * number
        fresh = batch(
            {(p, now): what for (p, _), what in rows.items()} if by_sight else rows, by_sight=by_sight
        )
        append_observations(store, fresh, now)
        after = stored_rows(store)
        for old in model:
            assert any(old[:2] == row[:2] and same(old[2:], row[2:]) for row in after), old
        keys = [row[:2] for row in after]
        assert keys == sorted(set(keys))
        for new in after:
            if not any(new[:2] == row[:2] for row in model):
                stated = any(new[:2] == row[1:3] for row in fresh.rows())
                assert stated or new[1] >= now, "a revision without a moment is known when it was seen"
        # What the source said last of a period that it said differently is what is read now.
        for period in set(fresh.ts_period.tolist()):
            last = [row for row in fresh.rows() if row.ts_period == period][-1]
            differed = any(
                old[:2] == row[1:3] and not same(old[2:], row[3:])
                for old in model
                for row in fresh.rows()
                if old[0] == period
            )
            if by_sight or differed:
                assert same(naive_as_of(after, now + 5).get(period, (math.nan,)), (last.value, last.unit))
        model = after


def test_a_rewritten_past_is_a_revision_that_was_seen_now(tmp_path):
    store = ParquetTables(tmp_path)
    append_observations(store, batch({(0, 1): (1.0, "%"), (0, 5): (2.0, "%")}), NOW)
    said_now = append_observations(store, batch({(0, 1): (1.5, "%"), (0, 5): (2.0, "%")}), NOW + 1)
    assert (said_now.added, said_now.differing) == (
        0,
        1,
    )  # its last word is the same: there is nothing to add
    append_observations(store, batch({(0, 1): (1.0, "%"), (0, 5): (9.0, "%")}), NOW + 2)
    series = read_observations(store, "fred", "GDP")
    assert [as_of(series, at)[0][0] for at in (1, 5, NOW + 1, NOW + 2)] == [1.0, 2.0, 2.0, 9.0]


def test_a_clock_that_was_set_back_hides_no_revision_for_good(tmp_path):
    store = ParquetTables(tmp_path)
    append_observations(store, batch({(0, NOW): (1.0, "%")}, by_sight=True), NOW)
    append_observations(store, batch({(0, NOW - 50): (2.0, "%")}, by_sight=True), NOW - 50)
    series = read_observations(store, "fred", "GDP")
    assert [as_of(series, at)[0][0] for at in (NOW, NOW + 1)] == [1.0, 2.0]


def test_what_is_known_in_the_future_is_refused(tmp_path):
    store = ParquetTables(tmp_path)
    with pytest.raises(StoreError, match="after now"):
        append_observations(store, batch({(0, NOW + 1): (1.0, "%")}), NOW)
    assert stored_observations(store) == []


def test_two_values_of_one_moment_and_infinities_are_refused():
    one, other = Observation("GDP", 0, 1, 1.0, "%"), Observation("GDP", 0, 1, 2.0, "%")
    with pytest.raises(MalformedPayloadError, match="1 and 2 at once"):
        observations_of("GDP", "fred", [one, other])
    assert len(observations_of("GDP", "fred", [one, one])) == 1
    with pytest.raises(MalformedPayloadError, match="inf"):
        observations_of("GDP", "fred", [one._replace(value=math.inf)])


def test_writers_beside_each_other_lose_nothing(tmp_path):
    batches = [batch({(n, 1): (float(n), "%"), (0, n): (float(n), "%")}) for n in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: append_observations(ParquetTables(tmp_path), one, NOW), batches))
    rows = stored_rows(ParquetTables(tmp_path))
    assert {row[:2] for row in rows} == {(n, 1) for n in range(1, 9)} | {(0, n) for n in range(1, 9)}
    np.testing.assert_array_equal([row[2] for row in rows if row[0]], np.arange(1.0, 9.0))
