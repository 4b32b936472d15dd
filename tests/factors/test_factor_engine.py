"""The engine: own bars, absent factors, lags, folding, threads, memory, and what it refuses."""

import numpy as np
import pytest
import talib
from factor_panels import bars_of, made_panel, references_of, with_holes

from tradewind.core.errors import DataError, RegistryError
from tradewind.core.panel import Panel, panel_from_bars
from tradewind.core.registry import Registry
from tradewind.factors.engine import compute
from tradewind.factors.memory import Anchored, Window
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FactorSpec, factor, factor_names
from tradewind.factors.sets import CORE_30, DEMO_SET


def test_each_instrument_is_computed_over_its_own_bars() -> None:
    panel = with_holes(made_panel(500, 4))
    cube = compute(panel, ["rsi_14", "sma_20", "obv"])
    for i in range(4):
        bars = bars_of(panel, i)
        rows = np.flatnonzero(np.isfinite(panel.columns["close"][:, i]))
        for name, want in (
            ("rsi_14", talib.RSI(bars.close, 14)),
            ("sma_20", talib.SMA(bars.close, 20)),
            ("obv", talib.OBV(bars.close, bars.volume)),
        ):
            column = cube.column(name)[:, i]
            np.testing.assert_allclose(column[rows], want, rtol=1e-9, equal_nan=True)
            assert np.isnan(np.delete(column, rows)).all()


def test_what_lacks_volume_has_no_volume_factors_and_says_so() -> None:
    full = made_panel(120, 2)
    panel = Panel(full.ts_event, full.instrument_ids, full.columns, {"S1": frozenset({"volume"})})
    cube = compute(panel, ["rsi", "obv", "vwap_z", "rank_vol_ratio_20"])
    assert cube.absent == {"S1": ("obv", "vwap_z", "rank_vol_ratio_20")}
    assert np.isnan(cube.column("obv")[:, 1]).all()
    assert np.isfinite(cube.column("obv")[:, 0]).all()
    assert np.isfinite(cube.column("rsi")[20:, 1]).all()
    assert (cube.column("rank_vol_ratio_20")[30:, 0] == 0.5).all()


def test_a_panel_without_a_reference_lacks_what_needs_it() -> None:
    cube = compute(made_panel(120, 2), ["rsi", "corr_spy_60"])
    assert cube.absent == {"S0": ("corr_spy_60",), "S1": ("corr_spy_60",)}


def test_references_are_joined_as_last_known() -> None:
    panel = made_panel(200, 2)
    bars = bars_of(panel, 0)
    late = type(bars)(
        instrument_id="SPY",
        timeframe="1d",
        ts_event=bars.ts_event[::2] + 3_600_000_000_000,
        open=bars.open[::2],
        high=bars.high[::2],
        low=bars.low[::2],
        close=bars.close[::2],
        volume=bars.volume[::2],
    )
    got = compute(panel, ["relative_strength_spy_20"], references={"spy": late}).values[:, 1, 0]
    joined = np.repeat(late.close, 2)[:200]
    known = np.concatenate([[np.nan], joined])[:200]
    own = panel.columns["close"][:, 1]
    want = np.full(200, np.nan)
    want[20:] = own[20:] / own[:-20] - known[20:] / known[:-20]
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-15)


def test_a_lag_counts_own_bars() -> None:
    panel = with_holes(made_panel(300, 3))
    names = ["rsi_14", "rsi_14.lag3", "rank_ret_20", "rank_ret_20.lag2", "ema12.lag1", "ema12"]
    cube = compute(panel, names)
    for i in range(3):
        rows = np.flatnonzero(np.isfinite(panel.columns["close"][:, i]))
        for base, lag in (("rsi_14", 3), ("rank_ret_20", 2), ("ema12", 1)):
            now, then = cube.column(base)[rows, i], cube.column(f"{base}.lag{lag}")[rows, i]
            np.testing.assert_array_equal(then[lag:], now[:-lag])


def test_folding_a_long_history_changes_nothing_that_can_be_seen() -> None:
    panel = made_panel(70_000, 2, seed=5)
    names = ["rsi_14", "ema_200", "bb_position", "macd_hist", "atr_norm", "obv", "sar", "adx", "rsi_200"]
    folded = compute(panel, names)
    flat = {name: np.column_stack([_unfolded(panel, i, name) for i in range(2)]) for name in names}
    for name in names:
        got, want = folded.column(name), flat[name]
        scale = np.sqrt(np.nanmean(want**2))
        assert np.array_equal(np.isnan(got), np.isnan(want))
        assert np.nanmax(np.abs(got - want)) <= 1e-9 * scale


def _unfolded(panel: Panel, i: int, name: str) -> np.ndarray:
    """The same instrument among 63 others, which is never folded."""
    few = {key: np.repeat(values[:, i : i + 1], 64, axis=1) for key, values in panel.columns.items()}
    wide = Panel(panel.ts_event, tuple(f"C{k}" for k in range(64)), few)
    return compute(wide, [name]).column(name)[:, 0]


def test_threads_and_company_change_no_bit() -> None:
    panel = made_panel(400, 130)
    alone = compute(panel, ["rsi_14"], threads=1).column("rsi_14")
    together = compute(panel, ["macd", "rsi_14", "stoch_d"], threads=3).column("rsi_14")
    np.testing.assert_array_equal(alone, together)


def test_memory_of_an_old_cube_is_used_again() -> None:
    panel, other = made_panel(300, 70), made_panel(300, 70, seed=2)
    old = compute(other, ["rsi_14", "sma_20"])
    slab = old.slabs[0]
    cube = compute(panel, ["rsi_14", "sma_20"], into=old)
    assert cube.slabs[0] is slab
    np.testing.assert_array_equal(cube.values, compute(panel, ["rsi_14", "sma_20"]).values)
    longer = compute(made_panel(301, 70), ["rsi_14"], into=cube)
    assert longer.shape == (301, 70, 1)


def test_ranks_go_from_zero_to_one_among_what_is_known() -> None:
    panel = made_panel(100, 5)
    ranks = compute(panel, ["rank_ret_5"]).values[:, :, 0]
    want = np.argsort(np.argsort(compute(panel, ["ret_5"]).values[50, :, 0])) / 4.0
    np.testing.assert_allclose(ranks[50], want)


def test_values_and_columns_agree() -> None:
    panel = with_holes(made_panel(320, 4))
    names = list(DEMO_SET)
    cube = compute(panel, names, references=references_of(panel))
    assert cube.values.shape == cube.shape == (320, 4, len(names))
    for k, name in enumerate(names):
        np.testing.assert_array_equal(cube.values[:, :, k], cube.column(name))


def test_an_instrument_without_any_bar_is_nan_and_harms_nobody() -> None:
    panel = made_panel(100, 3)
    columns = {name: values.copy() for name, values in panel.columns.items()}
    for values in columns.values():
        values[:, 1] = np.nan
    cube = compute(Panel(panel.ts_event, panel.instrument_ids, columns), ["rsi_14", "rank_ret_1"])
    assert np.isnan(cube.values[:, 1]).all()
    assert np.isfinite(cube.values[-1, 0]).all()


def test_read_only_views_of_the_past_are_taken() -> None:
    panel = made_panel(200, 2)
    short = compute(panel.head(150), ["rsi_14"]).values
    np.testing.assert_array_equal(short, compute(panel, ["rsi_14"]).values[:150])


def test_bars_of_two_calendars_meet_in_one_panel(make_bars) -> None:  # type: ignore[no-untyped-def]
    first, second = make_bars("AAA", 80, 1), make_bars("BBB", 60, 2)
    cube = compute(panel_from_bars([first, second]), ["sma_5"])
    np.testing.assert_allclose(cube.column("sma_5")[:60, 1], talib.SMA(second.close, 5), rtol=1e-12)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["rsi_x"], "'rsi_x'"),
        (["rsi", "rsi"], "asked for twice: rsi"),
        (["rsi_14.lag0"], "lag 0"),
        (["rsi_14.lag51"], "lag 51"),
    ],
)
def test_wrong_names_are_refused(names: list[str], said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        compute(made_panel(30, 1), names)


def test_a_bar_with_a_hole_is_refused() -> None:
    panel = made_panel(30, 2)
    panel.columns["high"][7, 1] = np.nan
    with pytest.raises(DataError, match="S1 has a close and the high nan at row 7"):
        compute(panel, ["atr"])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("volume", -1.0, "has a close and the volume -1.0 at row 30"),
        ("close", np.inf, "has the close inf at row 30"),
        ("close", np.nan, "has the close nan at row 30, and that is half a bar"),
        ("high", np.nan, "has a close and the high nan at row 30"),
    ],
)
def test_a_frame_that_no_market_makes_is_refused_by_row(column: str, value: float, said: str) -> None:
    panel = made_panel(60, 2)
    panel.columns[column][30, 1] = value
    with pytest.raises(DataError, match=f"{panel.instrument_ids[1]} {said}"):
        compute(panel, ["atr_pct_14", "amihud_20"])


def test_a_reference_that_is_not_sound_is_refused_by_row() -> None:
    panel = made_panel(60, 3)
    references = references_of(panel)
    role, bars = next(iter(references.items()))
    bars.close[30] = np.nan
    with pytest.raises(DataError, match=r"has close nan \(row 30\)"):
        compute(panel, ["rsi_14"], references={role: bars})


def test_contradicting_declarations_are_refused() -> None:
    registry: Registry[FactorSpec] = Registry("trial", "tradewind.factors")

    def declare(**changes: object) -> None:
        fields: dict[str, object] = {
            "name": "trial",
            "group": "g",
            "inputs": ["close"],
            "memory": Window(1),
            "formula": "f",
            "source": "s",
            "registry": registry,
        }
        factor(**(fields | changes))(lambda close: close)  # type: ignore[arg-type]

    with pytest.raises(RegistryError, match="looks back"):
        declare(scope="across", memory=Window(2))
    with pytest.raises(RegistryError, match="scope"):
        declare(scope="sideways")
    with pytest.raises(RegistryError, match="bar columns only"):
        declare(memory=Anchored(1), inputs=["rsi_14"])
    declare()
    with pytest.raises(RegistryError, match="Two trials"):
        declare()
    declare(name="a", inputs=["b"])
    declare(name="b", inputs=["a"])
    with pytest.raises(RegistryError, match="needs itself: a > b > a"):
        make_plan(["a"], registry)


def test_core_names_are_known() -> None:
    assert set(CORE_30) <= set(factor_names())
