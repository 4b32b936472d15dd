"""Herfindahl's index in closed form."""

import pytest

from tradewind.risk.concentration import herfindahl


def test_equal_holdings_count_in_full_and_shorts_as_much_as_longs() -> None:
    assert herfindahl([5, -5, 5, 5]) == pytest.approx(0.25)
    assert herfindahl([30, 10]) == pytest.approx(0.625)
    assert herfindahl([7, 0]) == 1.0
    assert herfindahl([0]) == 0.0
