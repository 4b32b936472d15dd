"""The live stage: rows at cycles, state that can be handed over, and what it refuses."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from factor_panels import made_panel, with_holes

from tradewind.core.accounts import CorporateAction
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.events import Timer, content_hash
from tradewind.core.forecasts import FactorRow
from tradewind.core.market import Bar
from tradewind.core.panel import Panel
from tradewind.core.vocabulary import ActionKind
from tradewind.factors.engine import compute
from tradewind.factors.live import LiveFactors
from tradewind.factors.replayed import bars_in_order
from tradewind.factors.sets import CORE_30
from tradewind.factors.stages import FactorStages

NAMES = (*CORE_30, "rank_ret_5", "rank_ret_5.lag2", "super_trend", "rsi_14.lag4", "price_to_sar", "obv.lag1")


def run(stage: LiveFactors, panel: Panel, start: int, stop: int, warm: int = 0) -> list[FactorRow]:
    rows: list[FactorRow] = []
    part = Panel(
        panel.ts_event[start:stop],
        panel.instrument_ids,
        {name: values[start:stop] for name, values in panel.columns.items()},
    )
    begin = int(panel.ts_event[warm])
    bars = bars_in_order(part, {}, begin)
    at = 0
    for moment in part.ts_event.tolist():
        while at < len(bars) and bars[at].ts_event <= moment:
            assert stage.on_event(bars[at]) == ()
            at += 1
        if moment >= begin:
            rows += stage.on_event(Timer(ts_event=moment, name="cycle"))
    return rows


def named(rows: Sequence[FactorRow]) -> list[tuple[int, str, str]]:
    """Rows by the hash of their values: NaN is not equal to itself."""
    return [(row.ts_event, row.instrument_id, row.data_hash) for row in rows]


def test_rows_equal_the_batch() -> None:
    panel = with_holes(made_panel(420, 4))
    cube = compute(panel, NAMES)
    rows = run(LiveFactors(NAMES, panel.instrument_ids), panel, 0, 420, warm=340)
    assert len(rows) == int(np.isfinite(panel.columns["close"][340:]).sum())
    for row in rows:
        t = int(np.searchsorted(panel.ts_event, row.ts_event))
        want = cube.values[t, panel.instrument_ids.index(row.instrument_id)]
        np.testing.assert_allclose(row.values, want, rtol=1e-9, atol=1e-9, equal_nan=True)
        assert row.data_hash == content_hash(np.array(row.values, dtype="<f8").tobytes())


def test_anchored_factors_are_bitwise_the_same_live() -> None:
    panel = made_panel(300, 3)
    names = ("obv", "accumulation_distribution", "sar", "super_trend")
    cube = compute(panel, names)
    for row in run(LiveFactors(names, panel.instrument_ids), panel, 0, 300, warm=200):
        t = int(np.searchsorted(panel.ts_event, row.ts_event))
        assert row.values == tuple(cube.values[t, panel.instrument_ids.index(row.instrument_id)])


def test_a_restored_stage_goes_on_as_if_nothing_happened() -> None:
    panel = with_holes(made_panel(400, 3))
    first = LiveFactors(NAMES, panel.instrument_ids)
    run(first, panel, 0, 350, warm=300)
    state = first.snapshot()
    second = LiveFactors(NAMES, panel.instrument_ids)
    second.restore(state)
    assert second.snapshot() == state
    assert named(run(first, panel, 350, 400)) == named(run(second, panel, 350, 400))
    assert first.snapshot() == second.snapshot()


def test_a_stage_can_be_handed_over_in_the_middle_of_warm_up() -> None:
    panel = made_panel(200, 2)
    first, second = LiveFactors(NAMES, panel.instrument_ids), LiveFactors(NAMES, panel.instrument_ids)
    bars = bars_in_order(panel, {}, int(panel.ts_event[-1]))
    for bar in bars[:150]:
        first.on_event(bar)
    second.restore(first.snapshot())
    for bar in bars[150:]:
        first.on_event(bar)
        second.on_event(bar)
    cycle = Timer(ts_event=int(panel.ts_event[-1]), name="cycle")
    assert named(first.on_event(cycle)) == named(second.on_event(cycle))


def test_old_bars_are_let_go_and_leave_no_trace() -> None:
    panel = made_panel(2_400, 1)
    names = ("rsi_2", "obv", "sma_5", "price_to_sar")
    stage = LiveFactors(names, panel.instrument_ids)
    rows = run(stage, panel, 0, 2_400, warm=5)
    assert stage._histories["S0"].length < 1_200
    assert len(stage._histories["S0"].ts_event) <= 2_048
    np.testing.assert_allclose(rows[-1].values, compute(panel, names).values[-1, 0], rtol=1e-9)


def test_a_symbol_without_a_new_bar_has_no_row() -> None:
    panel = made_panel(60, 2)
    stage = LiveFactors(("rsi",), panel.instrument_ids)
    for bar in bars_in_order(panel, {}, int(panel.ts_event[-1])):
        if bar.ts_event < panel.ts_event[-1] or bar.instrument_id == "S1":
            stage.on_event(bar)
    cycle = Timer(ts_event=int(panel.ts_event[-1]), name="cycle")
    assert [row.instrument_id for row in stage.on_event(cycle)] == ["S1"]
    assert stage.on_event(cycle) == []
    assert stage.on_event(Timer(ts_event=0, name="deadline")) == ()


def test_warm_up_alone_gives_no_row_and_the_young_get_nan() -> None:
    panel = made_panel(10, 1)
    stage = LiveFactors(("rsi", "close"), panel.instrument_ids)
    bars = bars_in_order(panel, {}, int(panel.ts_event[-1]))
    for bar in bars[:-1]:
        stage.on_event(bar)
    assert stage.on_event(Timer(ts_event=bars[-2].ts_event, name="cycle")) == []
    stage.on_event(bars[-1])
    (row,) = stage.on_event(Timer(ts_event=bars[-1].ts_event, name="cycle"))
    assert math.isnan(row.values[0])
    assert row.values[1] == bars[-1].close


def test_groups_keep_to_themselves() -> None:
    panel = made_panel(80, 4)
    groups = {"S0": "a", "S1": "a", "S2": "b", "S3": "b"}
    stage = LiveFactors(("rank_ret_5",), panel.instrument_ids, groups=groups)
    rows = {row.instrument_id: row.values[0] for row in run(stage, panel, 0, 80, warm=79)}
    for pair in (("S0", "S1"), ("S2", "S3")):
        assert sorted(rows[s] for s in pair) == [0.0, 1.0]


def test_absent_inputs_give_nan() -> None:
    panel = made_panel(80, 2)
    stage = LiveFactors(
        ("obv", "rank_vol_ratio_20", "corr_spy_60", "rsi"),
        panel.instrument_ids,
        missing={"S1": frozenset({"volume"})},
    )
    rows = {row.instrument_id: row.values for row in run(stage, panel, 0, 80, warm=79)}
    assert np.isnan(rows["S1"][:3]).all()
    assert np.isfinite(rows["S1"][3])
    assert np.isnan(rows["S0"][2])
    assert rows["S0"][1] == 0.5


def test_wrong_bars_and_states_are_refused() -> None:
    stage = LiveFactors(("rsi",), ("A",))
    fields = {"instrument_id": "A", "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0}
    stage.on_event(Bar(ts_event=10, **fields))
    with pytest.raises(DataError, match="came after"):
        stage.on_event(Bar(ts_event=10, **fields))
    with pytest.raises(DataError, match="nan"):
        stage.on_event(Bar(ts_event=11, **{**fields, "low": float("nan")}))
    with pytest.raises(ConfigError, match="other factors"):
        LiveFactors(("rsi_7",), ("A",)).restore(stage.snapshot())
    with pytest.raises(DataError, match="cannot be read"):
        stage.restore(b"\xc1")
    with pytest.raises(DataError, match="lack spread"):
        LiveFactors(("rsi",), ("A",), missing={"A": frozenset({"spread"})})
    assert stage.on_event(Bar(ts_event=5, **{**fields, "instrument_id": "Z"})) == ()


@pytest.mark.parametrize(("new", "old"), [(4, 1), (3, 2), (1, 10)])
def test_a_split_leaves_no_jump_and_every_row_is_of_its_own_moment(new: int, old: int) -> None:
    """Live over prices as they were paid equals the batch over history adjusted as of each row's moment."""
    after, at, warm = made_panel(420, 3), 380, 340
    factor = np.ones((420, 3))
    factor[:at, 1] = new / old  # before the split a share of S1 cost that much more
    paid = {n: v / factor if n == "volume" else v * factor for n, v in after.columns.items()}
    panel = Panel(after.ts_event, after.instrument_ids, paid)
    then = compute(panel, NAMES), compute(after, NAMES)
    stage = LiveFactors(NAMES, panel.instrument_ids)
    rows = run(stage, panel, 0, at, warm=warm)
    split = CorporateAction(
        ts_event=int(panel.ts_event[at]) - 1,
        instrument_id="S1",
        kind=ActionKind.SPLIT,
        numerator=new,
        denominator=old,
    )
    assert stage.on_event(split) == ()
    saved = LiveFactors(NAMES, panel.instrument_ids)
    saved.restore(stage.snapshot())
    late = run(stage, panel, at, 420, warm=warm)
    assert named(late) == named(run(saved, panel, at, 420, warm=warm))
    assert len(rows) + len(late) == 3 * (420 - warm)
    for row in (*rows, *late):
        t = int(np.searchsorted(panel.ts_event, row.ts_event))
        cube = then[t >= at]
        want = cube.values[t, panel.instrument_ids.index(row.instrument_id)]
        np.testing.assert_allclose(row.values, want, rtol=1e-8, atol=1e-8, equal_nan=True)


def test_a_dividend_changes_no_price_factor() -> None:
    panel = made_panel(80, 1)
    one, other = (LiveFactors(("rsi", "sma_5"), panel.instrument_ids) for _ in range(2))
    run(one, panel, 0, 60, warm=50)
    run(other, panel, 0, 60, warm=50)
    paid = CorporateAction(
        ts_event=int(panel.ts_event[60]) - 1, instrument_id="S0", kind=ActionKind.DIVIDEND, amount="2.65"
    )
    assert other.on_event(paid) == ()
    assert one.snapshot() == other.snapshot()


def test_two_timeframes_of_one_instrument_stand_side_by_side() -> None:
    hours, days = made_panel(240, 2), made_panel(10, 1)
    last = int(hours.ts_event[-1])
    slow = Panel(
        last - np.arange(9, -1, -1, dtype=np.int64) * 86_400_000_000_000, days.instrument_ids, days.columns
    )
    names = ("rsi_2", "close", "obv")
    stages = FactorStages(
        [
            LiveFactors(names, hours.instrument_ids, timeframe="1h"),
            LiveFactors(names, slow.instrument_ids, timeframe="1d"),
        ]
    )
    for bar in bars_in_order(hours, {}, last, "1h") + bars_in_order(slow, {}, last, "1d"):
        stages.on_event(bar)
    again = FactorStages(
        [LiveFactors(names, s.instrument_ids, timeframe=f) for f, s in (("1h", hours), ("1d", slow))]
    )
    again.restore(stages.snapshot())
    cycle = Timer(ts_event=last, name="cycle")
    rows = list(stages.on_event(cycle))
    assert named(rows) == named(list(again.on_event(cycle)))
    assert [(row.timeframe, row.instrument_id) for row in rows] == [("1h", "S0"), ("1h", "S1"), ("1d", "S0")]
    for row, panel in zip(rows, (hours, hours, slow), strict=True):
        want = compute(panel, names).values[-1, panel.instrument_ids.index(row.instrument_id)]
        np.testing.assert_allclose(row.values, want, rtol=1e-9)
    with pytest.raises(ConfigError, match="saved for 1h, 1d"):
        FactorStages([LiveFactors(names, hours.instrument_ids, timeframe="1h")]).restore(stages.snapshot())
    with pytest.raises(ConfigError, match="Two factor stages"):
        FactorStages([LiveFactors(names, ("A",)), LiveFactors(names, ("B",))])
