"""Every registered factor is held to the same claims; a new file is held to them without a line here."""

import numpy as np
import pytest
from factor_panels import made_panel, references_of, with_holes

from tradewind.core.panel import Panel
from tradewind.factors.checks import (
    _live,
    _reference,
    _settle,
    _Trial,
    _warmup,
    check_factor,
    future_violations,
)
from tradewind.factors.plan import make_plan
from tradewind.factors.registry import FACTORS, factor_names

NAMES = factor_names()


@pytest.fixture(scope="module")
def long_trial() -> _Trial:
    panel = made_panel(4_600, 3)
    return _Trial(panel, tuple(NAMES), references_of(panel), FACTORS)


def test_there_are_many_factors_in_many_groups() -> None:
    groups = {FACTORS.get(name).group for name in NAMES}
    assert len(NAMES) >= 300
    assert len(groups) >= 12


def test_no_factor_is_moved_by_its_future() -> None:
    panel = made_panel(330, 3)
    assert future_violations(NAMES, panel, references=references_of(panel)) == []


def test_no_factor_is_moved_by_the_future_of_other_calendars() -> None:
    panel = with_holes(made_panel(420, 4))
    cuts = [50, 137, 300, 380, 415, 419]
    assert future_violations(NAMES, panel, references=references_of(panel), cuts=cuts) == []


def test_every_factor_settles_where_it_says(long_trial: _Trial) -> None:
    assert _settle(long_trial) == []


def test_the_panel_is_long_enough_to_try_every_settle(long_trial: _Trial) -> None:
    plan = make_plan(NAMES)
    assert max(plan.node(name).settle for name in NAMES) < 4_600 - 37


def test_live_gives_what_the_batch_gave(long_trial: _Trial) -> None:
    assert _live(long_trial) == []


def test_values_begin_at_first_valid_and_never_stop(long_trial: _Trial) -> None:
    assert _warmup(long_trial) == []


def test_factors_equal_talib_where_it_has_them(long_trial: _Trial) -> None:
    assert _reference(long_trial) == []
    with_oracle = [name for name in NAMES if (spec := FACTORS.get(name)).oracle and not spec.alias_of]
    assert len(with_oracle) > 100


def test_live_equals_batch_on_different_calendars() -> None:
    panel = with_holes(made_panel(900, 4))
    assert _live(_Trial(panel, tuple(NAMES), references_of(panel), FACTORS)) == []


def test_every_check_holds_for_one_factor_alone() -> None:
    assert check_factor("macd_hist", made_panel(900, 2)) == []


def test_flat_prices_and_no_volume_give_values_not_gaps() -> None:
    shape = (420, 2)
    columns = {name: np.full(shape, 1e8) for name in ("open", "high", "low", "close")}
    columns["volume"] = np.zeros(shape)
    panel = Panel(made_panel(420, 2).ts_event, ("A", "B"), columns)
    trial = _Trial(panel, tuple(NAMES), {}, FACTORS)
    assert _warmup(trial) == []
