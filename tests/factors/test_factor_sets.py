"""Named sets, cards, the catalogue and warming up."""

import numpy as np
import pytest
from factor_panels import made_panel, references_of

from tradewind.core.errors import RegistryError
from tradewind.core.panel import Panel
from tradewind.factors.catalogue import catalogue
from tradewind.factors.describe import describe, describe_all
from tradewind.factors.engine import compute
from tradewind.factors.registry import FACTORS, factor_names
from tradewind.factors.sets import CORE_30, DEMO_SET, MODEL_SET, SCALE_FREE
from tradewind.factors.warm import warm_kernels

SPELLED = (
    "rsi rsi_fast macd macd_sig macd_hist ema12 ema26 ema50 ema200 atr atr_norm bb_hi bb_lo bb_mid "
    "bb_position obv vol_ratio vwap_20 vwap_z price_to_sma20 price_to_sma50 stoch_k stoch_d williams_r adx "
    "cci high_low_ratio close_to_high close_to_low close"
)


def test_core_30_is_as_agreed() -> None:
    assert tuple(SPELLED.split()) == CORE_30


def test_sets_are_sets_and_wide() -> None:
    for names in (CORE_30, DEMO_SET, MODEL_SET):
        assert len(set(names)) == len(names)
        assert set(names) <= set(factor_names())
    assert set(CORE_30) < set(DEMO_SET)
    assert len(DEMO_SET) - len(CORE_30) >= 60
    assert len({FACTORS.get(FACTORS.get(n).alias_of or n).group for n in DEMO_SET}) >= 8
    assert set(SCALE_FREE) <= set(CORE_30)
    assert set(SCALE_FREE.values()) <= set(MODEL_SET)


def test_model_set_has_no_unit() -> None:
    panel = made_panel(420, 3)
    factors = {"volume": 1024.0}
    columns = {name: values * factors.get(name, 8.0) for name, values in panel.columns.items()}
    other = Panel(panel.ts_event, panel.instrument_ids, columns)
    references = references_of(panel)
    want = compute(panel, MODEL_SET, references=references).values
    got = compute(other, MODEL_SET, references=references).values
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-9)


def test_what_was_left_out_of_model_set_has_a_unit() -> None:
    panel = made_panel(420, 1)
    names = list(SCALE_FREE)
    columns = {name: 8.0 * values for name, values in panel.columns.items()}
    want = compute(panel, names).values[-1, 0]
    got = compute(Panel(panel.ts_event, panel.instrument_ids, columns), names).values[-1, 0]
    np.testing.assert_allclose(got, 8.0 * want, rtol=1e-9)


def test_atr_norm_is_the_rank_among_the_year_before() -> None:
    panel = made_panel(420, 1)
    share = compute(panel, ["atr_pct_14"]).values[:, 0, 0]
    got = compute(panel, ["atr_norm"]).values[:, 0, 0]
    for t in (265, 300, 419):
        assert got[t] == pytest.approx((share[t - 251 : t] < share[t]).sum() / 251.0)
    assert np.isnan(got[264])


def test_cards_say_what_is_needed() -> None:
    card = describe("rsi")
    assert (card.first_valid, card.memory, card.also, card.inputs) == (14, "decaying", "rsi_14", ("close",))
    assert describe("rsi_14.lag3").first_valid == 17
    assert describe("obv").memory == "anchored"
    assert describe("price_to_sar").memory == "anchored"
    assert describe("macd").memory == "decaying"
    assert describe("corr_spy_60").inputs == ("close", "spy:close")
    with pytest.raises(RegistryError, match="no factor called 'nonsense'"):
        describe("nonsense")


def test_every_factor_says_what_it_is() -> None:
    for card in describe_all():
        assert card.formula, card.name
        assert card.source, card.name
        assert card.inputs, card.name


def test_the_catalogue_has_every_factor_once() -> None:
    page = catalogue()
    for name in factor_names():
        assert page.count(f"\n| `{name}` |") == 1
    assert "## momentum (" in page


def test_warming_up_tells_how_far_it_is() -> None:
    heard: list[tuple[int, int]] = []
    assert warm_kernels(lambda done, total: heard.append((done, total))) == len(factor_names())
    assert [done for done, _ in heard] == list(range(1, heard[-1][1] + 1))
