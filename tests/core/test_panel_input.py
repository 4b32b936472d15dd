"""Series that would make a panel wrong in silence are refused by name."""

from dataclasses import replace

import numpy as np
import pytest

from tradewind.core.errors import DataError, NoDataError
from tradewind.core.panel import BarColumns, panel_from_bars

DAY_NS = 86_400_000_000_000


def series(days: list[int], closes: list[float]) -> BarColumns:
    prices = np.array(closes, dtype=np.float64)
    stamps = np.array(days, dtype=np.int64) * DAY_NS
    return BarColumns("MINE.OWN", "1d", stamps, prices, prices, prices, prices, np.ones(len(days)))


@pytest.mark.parametrize("days", [[1, 2, 2], [1, 3, 2]])
def test_times_that_do_not_rise_are_refused(days: list[int]) -> None:
    with pytest.raises(DataError, match=r"MINE\.OWN do not rise in time: 1970-01-03"):
        panel_from_bars([series(days, [1.0, 2.0, 3.0])])


def test_a_price_that_is_no_number_is_refused() -> None:
    with pytest.raises(DataError, match=r"MINE\.OWN at 1970-01-03T00:00:00Z has open nan"):
        panel_from_bars([series([1, 2, 3], [1.0, np.nan, 3.0])])


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("close", np.inf, r"at 1970-01-03T00:00:00Z has close inf \(row 1\)"),
        ("volume", np.nan, r"at 1970-01-03T00:00:00Z has volume nan \(row 1\)"),
        ("volume", -5.0, r"at 1970-01-03T00:00:00Z has volume -5\.0 \(row 1\)"),
        ("low", 2.5, r"at 1970-01-03T00:00:00Z has high 2\.0 below its low 2\.5 \(row 1\)"),
    ],
)
def test_a_bar_that_no_market_has_is_refused_by_row(column: str, value: float, words: str) -> None:
    bars = series([1, 2, 3], [1.0, 2.0, 3.0])
    values = getattr(bars, column).copy()
    values[1] = value
    with pytest.raises(DataError, match=words):
        panel_from_bars([replace(bars, **{column: values})])


def test_a_volume_that_is_declared_missing_is_not_looked_at() -> None:
    bars = replace(series([1, 2], [1.0, 2.0]), volume=np.full(2, np.nan), has_volume=False)
    assert panel_from_bars([bars]).missing == {"MINE.OWN": frozenset({"volume"})}


def test_no_bar_at_all_is_refused() -> None:
    for given in ([], [series([], [])]):
        with pytest.raises(NoDataError, match="There is no bar"):
            panel_from_bars(given)


def test_a_series_that_is_empty_beside_another_is_all_missing() -> None:
    panel = panel_from_bars([series([1, 2], [1.0, 2.0]), series([], [])])
    assert np.isnan(panel.columns["close"][:, 1]).all()
