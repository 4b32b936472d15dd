"""Scenarios applied by hand, and what it takes to lose a given part."""

import math

import pytest
from risk_books import E8, make_book

from tradewind.core.errors import ConfigError
from tradewind.risk.stress import SCENARIOS, move_of, reverse_stress, stress, stress_all

BY_NAME = {s.name: s for s in SCENARIOS}


def test_by_hand() -> None:
    book = make_book(held={"AAPL.SIM": 100, "BTC/USD.COIN": 1_000, "SPY.SIM": -10})
    found = stress(book, BY_NAME["pandemic_2020"], betas={"AAPL.SIM": 1.2})
    assert found.by_id["AAPL.SIM"] == pytest.approx(-17_000 * 0.339 * 1.2 * E8)
    assert found.by_id["BTC/USD.COIN"] == pytest.approx(-7_000 * 0.33 * E8)
    assert found.by_id["SPY.SIM"] == pytest.approx(5_100 * 0.339 * E8)
    assert found.change_e8 == sum(found.by_id.values())
    assert found.fraction == found.change_e8 / (100_000 * E8)


def test_pairs_follow_from_their_currencies() -> None:
    franc = BY_NAME["swiss_franc_2015"]
    assert move_of(franc, "EUR/CHF", "fx") == pytest.approx(0.985 / 1.20 - 1)
    assert move_of(franc, "USD/CHF", "fx") == pytest.approx(1 / 1.2 - 1)
    assert move_of(franc, "EUR/USD.SIM", "fx") == pytest.approx(-0.015)
    assert move_of(BY_NAME["crypto_winter"], "X", "crypto", beta=2.0) == -1.0


def test_a_pair_of_the_book_moves_by_both_of_its_currencies() -> None:
    book = make_book(held={"USD/JPY.SIM": 10})  # 10,000 dollars, which lose 18 % of yen in 2008
    found = stress(book, BY_NAME["financial_crisis_2008"])
    assert found.change_e8 == round(10_000 * E8 * (1 / 1.18 - 1))


def test_at_least_six_historical_and_worst_first() -> None:
    assert sum(not s.hypothetical for s in SCENARIOS) >= 6
    assert len(BY_NAME) == len(SCENARIOS)
    results = stress_all(make_book(held={"AAPL.SIM": 100}))
    assert [r.change_e8 for r in results] == sorted(r.change_e8 for r in results)
    assert results[0].scenario == "financial_crisis_2008"
    assert {r.change_e8 for r in stress_all(make_book())} == {0}


def test_reverse_stress() -> None:
    book = make_book(held={"AAPL.SIM": 100})  # 17 % of equity
    times = reverse_stress(book, BY_NAME["black_monday_1987"], 0.10)
    assert times * 0.205 * 0.17 == pytest.approx(0.10)
    assert reverse_stress(book, BY_NAME["black_monday_1987"], 0.18) == math.inf
    assert reverse_stress(make_book(held={"AAPL.SIM": -10}), BY_NAME["black_monday_1987"], 0.01) == math.inf
    with pytest.raises(ConfigError, match=r"-0\.1"):
        reverse_stress(book, SCENARIOS[0], -0.1)
