"""Any legal parameter of a family resolves, in any letter case, and holds what its family holds."""

import numpy as np
import pytest
import talib
from factor_panels import made_panel, references_of

from tradewind.core.errors import RegistryError
from tradewind.core.panel import Panel
from tradewind.factors.checks import _live, _reference, _Trial, _warmup, future_violations
from tradewind.factors.describe import describe
from tradewind.factors.engine import compute
from tradewind.factors.families import Family
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FACTORS, factor_names

NUMBERS = (1, 2, 3, 4, 5, 7, 13, 37)
FAMILIES = FACTORS.families()


@pytest.fixture(scope="module")
def panel() -> Panel:
    return made_panel(900, 3)


def members(family: Family) -> list[str]:
    """Names of a family by numbers that nobody declared, each parameter at its least and beyond."""
    found: list[str] = []
    for number in NUMBERS:
        values = dict(family.declared[-1])
        for step, field in enumerate(family.free):
            least, most = family.range_of(field)
            values[field] = min(max(number + 2 * step, least), most)
        for field in family.open:
            values[field] = f"rsi_{number + 1}"
        name = family.template.format(**values)
        if all(values[a] < values[b] for a, b in family.rising):
            found.append(name)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.template)
def test_every_member_is_causal_live_as_in_batch_and_finite_from_its_first_bar(
    family: Family, panel: Panel
) -> None:
    names = members(family)
    assert names
    references = references_of(panel)
    trial = _Trial(panel, tuple(names), references, FACTORS)
    assert [*_live(trial), *_warmup(trial), *_reference(trial)] == []
    assert future_violations(names, panel, references=references, cuts=[200, 601, 899]) == []


def test_a_length_that_nobody_declared_is_what_talib_gives(panel: Panel) -> None:
    assert "rsi_13" not in factor_names()
    cube = compute(panel, ["rsi_13", "SMA_7", "Ema_11.lag2"])
    close = np.ascontiguousarray(panel.columns["close"][:, 1])
    np.testing.assert_allclose(cube.column("rsi_13")[13:, 1], talib.RSI(close, 13)[13:], rtol=1e-9)
    np.testing.assert_allclose(cube.column("SMA_7")[6:, 1], talib.SMA(close, 7)[6:], rtol=1e-9)
    np.testing.assert_allclose(cube.column("Ema_11.lag2")[12:, 1], talib.EMA(close, 11)[10:-2], rtol=1e-9)


def test_letters_may_be_of_any_case_and_the_work_is_done_once() -> None:
    plan = make_plan(["RSI_14", "rsi_14", "Rsi_14.LAG3"])
    assert list(plan.nodes) == ["rsi_14", "rsi_14.lag3"]
    assert plan.outputs == ("rsi_14", "rsi_14", "rsi_14.lag3")
    assert describe("RSI_14") == describe("rsi_14")


def test_asking_changes_no_list() -> None:
    before = factor_names()
    FACTORS.get("rsi_13")
    assert factor_names() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rsi_0", r"'rsi_0' has n = 0. rsi_\{n\} takes n from 2 to 5,000"),
        ("rsi_5001", r"'rsi_5001' has n = 5001"),
        ("rsi_x", r"no factor called 'rsi_x'. rsi_\{n\} takes n from 2 to 5,000"),
        ("rsi_-3", "no factor called 'rsi_-3'"),
        ("rsi_013", "no factor called 'rsi_013'"),
        ("rsi_1.5", "no factor called 'rsi_1.5'"),
        ("macd_26_12_9", "fast = 26 and slow = 12"),
        ("wavelet_detail_5", "takes level from 1 to 4"),
        ("rank_nothing", "no factor called 'nothing'"),
        ("rank_rank_rsi_13", "takes a factor that goes across instruments"),
        ("rsi_13.lag51", "asks for lag 51"),
        ("rs", "Close are"),
        ("", "no factor called ''"),
    ],
)
def test_nonsense_is_refused_with_what_would_be_right(name: str, said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        make_plan([name])


def test_a_length_beyond_the_data_gives_no_value(panel: Panel) -> None:
    assert np.isnan(compute(panel, ["sma_5000"]).column("sma_5000")).all()
