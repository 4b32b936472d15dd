"""Who lived to the end, and what notes say of it: bars that end, known delistings, sources that stop."""

import numpy as np
import pytest

from tradewind.app.market.survivors import survivor_notes
from tradewind.core.instruments import AssetClass, Instrument
from tradewind.core.panel import BarColumns
from tradewind.core.timestamps import NS_PER_DAY, parse_ns
from tradewind.data.history import LoadedSeries
from tradewind.data.quality.inspect_bars import inspect_bars
from tradewind.data.raw import raw_from_bars
from tradewind.data.reference.facts import Fact, FactKind

END = parse_ns("2010-01-01")


def listing(symbol: str, asset_class: AssetClass = AssetClass.EQUITY) -> Instrument:
    return Instrument(
        symbol=symbol,
        asset_class=asset_class,
        venue="XNYS",
        quote_currency="USD",
        tick_size="0.01",
        lot_size="1",
        calendar="24/7",
    )


def until(symbol: str, day: str) -> LoadedSeries:
    last = parse_ns(day)
    ts = last - NS_PER_DAY * np.arange(19, -1, -1, dtype=np.int64)
    price = np.full(20, 10.0)
    bars = BarColumns(symbol, "1d", ts, price, price, price, price, price)
    findings, score = inspect_bars(raw_from_bars(bars), "24/7")
    return LoadedSeries(bars, bars, score, findings, (), (), "24/7", np.zeros(20))


def notes(
    days: dict[str, str], *ends: tuple[str, str], screened: bool = False, end_ns: int = END
) -> list[str]:
    facts = {name: [Fact(name, FactKind.DELISTED, "0", parse_ns(day), parse_ns(day))] for name, day in ends}
    series = {name: until(name, day) for name, day in days.items()}
    return survivor_notes(series, {name: listing(name) for name in days}, end_ns, facts, screened=screened)


def test_all_that_traded_to_the_end_are_survivors() -> None:
    (said,) = notes({"A": "2009-12-31", "B": "2009-12-30"})
    assert "all 2 that can be delisted still traded at the end, and were chosen" in said
    (said,) = notes({"A": "2009-12-31"})
    assert "the one instrument that can be delisted still traded at the end, and was chosen" in said


@pytest.mark.parametrize("days", [{"LEH": "2008-09-17"}, {"LEH": "2008-09-17", "A": "2009-12-31"}])
def test_what_is_known_to_have_been_delisted_has_ended_though_it_is_alone(days: dict[str, str]) -> None:
    (said,) = notes(days, ("LEH", "2008-09-18"))
    assert f"{len(days) - 1} of {len(days)} instruments that can be delisted still traded" in said
    assert "without a word" not in said


def test_a_delisting_in_the_last_days_counts() -> None:
    (said,) = notes({"A": "2009-12-31", "B": "2009-12-24"}, ("B", "2009-12-28"))
    assert "1 of 2 instruments that can be delisted still traded at the end" in said
    (said,) = notes({"A": "2009-12-31", "B": "2009-12-31"}, ("B", "2010-02-01"))
    assert "all 2 that can be delisted still traded at the end" in said, "its end came after the session's"


def test_where_all_bars_end_before_the_session_nothing_is_said_of_its_end() -> None:
    (said,) = notes({"A": "2008-03-01", "B": "2008-02-28"})
    assert "all 2 that can be delisted still traded on 2008-03-01, when all bars end" in said


def test_ends_without_a_fact_are_named() -> None:
    who, silent = notes({"A": "2009-12-31", "B": "2008-01-10", "C": "2007-05-01"}, ("C", "2007-05-02"))
    assert "1 of 3" in who
    assert "B on 2008-01-10" in silent
    assert "C on" not in silent


def test_a_universe_counts_the_ended_and_what_cannot_be_delisted_is_not_spoken_of() -> None:
    (said,) = notes({"A": "2009-12-31", "B": "2009-12-24"}, ("B", "2009-12-28"), screened=True)
    assert "from 2 instruments that can be delisted, 1 of which ended" in said
    pair = listing("EUR/USD", AssetClass.FX)
    assert survivor_notes({"EUR/USD": until("EUR/USD", "2009-12-31")}, {"EUR/USD": pair}, END, {}) == []
