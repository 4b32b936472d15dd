"""Costs fitted to fills: known figures are found again, and too little says so."""

import numpy as np
import pytest

from tradewind.core.errors import NoDataError
from tradewind.execution.cost_calibration import Observed, fit_costs


def fills(count: int, noise: float, seed: int = 3) -> list[Observed]:
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        name, half = (("A.X", 2.0), ("B.X", 7.0))[number % 2]
        unit = float(random.uniform(0.0, 30.0))
        paid = half + 0.8 * unit + noise * float(random.standard_normal())
        made.append(Observed(name, paid, unit, float(random.uniform(1e3, 1e5))))
    return made


def test_known_costs_are_found_again() -> None:
    found = fit_costs(fills(60, 0.0))
    assert found.half_spread_bps == pytest.approx({"A.X": 2.0, "B.X": 7.0}, abs=1e-4)
    assert found.impact_coefficient == pytest.approx(0.8, abs=1e-5)
    assert found.residual_bps == pytest.approx(0.0, abs=1e-6)
    noisy = fit_costs(fills(4_000, 3.0))
    assert noisy.half_spread_bps == pytest.approx({"A.X": 2.0, "B.X": 7.0}, abs=0.5)
    assert noisy.impact_coefficient == pytest.approx(0.8, abs=0.03)
    assert noisy.residual_bps == pytest.approx(3.0, rel=0.1)


def test_without_volume_there_is_no_coefficient_and_few_fills_are_left_out() -> None:
    plain = [Observed("A.X", 4.0, 0.0, 100.0)] * 25 + [Observed("C.X", 9.0, 0.0, 100.0)] * 4
    found = fit_costs(plain)
    assert (found.half_spread_bps, found.impact_coefficient) == ({"A.X": 4.0}, None)
    assert found.left_out == {"C.X": 4}
    with pytest.raises(NoDataError, match="19 fills"):
        fit_costs(plain[:19])


def test_gains_make_no_negative_spread() -> None:
    assert fit_costs([Observed("A.X", -4.0, 0.0, 1.0)] * 30).half_spread_bps == {"A.X": 0.0}
