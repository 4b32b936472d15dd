"""Prices that come with dividends which they do not show: real ones as traded, adjusted, and in between."""

from dataclasses import replace

import numpy as np
import pytest

from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import parse_ns
from tradewind.data.adjustment import DIVIDEND, adjust
from tradewind.data.quality.inspection import prepare
from tradewind.data.quality.rules.dividend_gaps import dividend_gaps, ex_days
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.vendors.sample.history import SampleProvider

LATE_NS = parse_ns("2030-01-01")


def msft(start: str = "2004-01-01", end: str = "2020-01-01") -> RawBars:
    return SampleProvider().raw_bars(BarRequest("MSFT.XNAS", "1d", parse_ns(start), parse_ns(end)))


def without_dividends(raw: RawBars) -> RawBars:
    """The same prices with their dividends taken out, said to be as traded."""
    paid = [action for action in raw.actions or () if action.kind == DIVIDEND]
    made = adjust(bars_from_raw(raw), paid, LATE_NS)
    return replace(raw, open=made.open, high=made.high, low=made.low, close=made.close)


def test_prices_as_traded_fall_by_the_dividend_and_adjusted_ones_are_found() -> None:
    raw = msft()
    found = ex_days(prepare(raw, "XNYS"))
    assert found is not None
    assert found.days > 30
    assert found.slope == pytest.approx(1.0, abs=3 * found.error)
    assert list(dividend_gaps(prepare(raw, "XNYS"))) == []
    (finding,) = dividend_gaps(prepare(without_dividends(raw), "XNYS"))
    assert finding.value == pytest.approx(0.0, abs=0.4)
    assert "adjusted for dividends already" in finding.what


def test_too_few_dividends_say_nothing() -> None:
    few = msft("2018-01-01", "2018-07-01")
    assert list(dividend_gaps(prepare(without_dividends(few), "XNYS"))) == []
    assert ex_days(prepare(replace(few, actions=None), "XNYS")) is None
    assert ex_days(prepare(replace(few, adjusted=True), "XNYS")) is None


def test_no_false_alarm_on_random_walks_that_pay_dividends() -> None:
    """Two hundred made-up shares as traded: at three standard errors none should be named."""
    days = np.arange(1, 1_201, dtype=np.int64) * 86_400_000_000_000
    named = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        worth = 100.0 * np.exp(np.cumsum(rng.normal(0.0002, 0.012, len(days))))
        ex = np.arange(60, 1_200, 60)
        paid = np.zeros(len(days))
        paid[ex] = 0.008 * worth[ex - 1]
        price = worth - np.cumsum(paid) * 0.5
        opens = np.append(price[0], price[:-1]) - paid
        opens *= np.exp(rng.normal(0, 0.004, len(days)))
        actions = tuple(_dividend(int(days[at]), float(paid[at]), float(price[at - 1])) for at in ex)
        raw = RawBars(
            "A.XNYS", "1d", days, opens, np.maximum(opens, price), np.minimum(opens, price), price,
            np.ones(len(days)), "made", synthetic=True, actions=actions,
        )  # fmt: skip
        named += len(list(dividend_gaps(prepare(raw, ""))))
    assert named == 0


def _dividend(ex_ns: int, paid: float, before: float):  # type: ignore[no-untyped-def]
    from tradewind.data.adjustment import CorporateAction

    return CorporateAction("A.XNYS", ex_ns, DIVIDEND, 1.0 - paid / before, paid)
