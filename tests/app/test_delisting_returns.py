"""Research over a delisting: what holders were paid is in the labels, by hand from its closes."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import DateWindow, TradewindConfig
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.candidates import ResearchData, load_research
from tradewind.core.timestamps import iso, parse_ns
from tradewind.data.reference.facts import Fact, FactKind, save_facts
from tradewind.data.vendors.sample.series import package_file

END = "2005-03-10"


def research_of(home: Path, amount: str | None, horizon: int, again: str = "") -> ResearchData:
    config = TradewindConfig(home=home, compute="serial")
    workspace = open_workspace(config)
    workspace.bars.make()
    facts = []
    if amount is not None:
        facts = [Fact("IBM.XNYS", FactKind.DELISTED, amount, parse_ns(END), parse_ns("2005-03-01"))]
    if again:
        facts.append(Fact("IBM.XNYS", FactKind.LISTED, "", parse_ns(again), parse_ns(again)))
    save_facts(workspace.tables, facts)
    window = DateWindow(start="2004-01-02", end="2005-12-30")
    changes = {"symbols": ("IBM", "MSFT"), "window": window, "horizon_bars": horizon, "models": ("logistic",)}
    return load_research(config.research.model_copy(update=changes), workspace, capital=1e6)


def labels(data: ResearchData, name: str = "IBM.XNYS") -> dict[str, float]:
    samples = data.features.samples
    own = samples.take((samples.i == samples.instrument_ids.index(name)) & np.isfinite(samples.label_return))
    return {
        iso(ts)[:10]: label
        for ts, label in zip(own.ts_event.tolist(), own.label_return.tolist(), strict=True)
    }


@pytest.fixture(scope="module")
def closes() -> dict[str, float]:
    with gzip.open(package_file("bokeh_sampledata", "_data", "stocks.csv.gz"), "rt") as file:
        return {row["Date"]: float(row["Close"]) for row in csv.DictReader(file) if row["Ticker"] == "IBM"}


@pytest.mark.parametrize(("amount", "paid"), [("0.05", 0.05), ("0", 0.01), ("71.25", 71.25)])
def test_the_last_label_is_what_the_end_paid(
    tmp_path: Path, closes: dict[str, float], amount: str, paid: float
) -> None:
    found = labels(research_of(tmp_path, amount, 1))
    assert max(found) == "2005-03-09", "nothing is learned of what comes after"
    assert found["2005-03-09"] == pytest.approx(paid / closes["2005-03-09"] - 1.0, abs=1e-9)
    assert found["2005-03-08"] == pytest.approx(closes["2005-03-09"] / closes["2005-03-08"] - 1.0, abs=1e-9)


def test_labels_over_several_bars_end_with_it_too(tmp_path: Path, closes: dict[str, float]) -> None:
    found = labels(research_of(tmp_path, "0.05", 3))
    for day in ("2005-03-07", "2005-03-08", "2005-03-09"):
        assert found[day] == pytest.approx(0.05 / closes[day] - 1.0, abs=1e-9)
    assert found["2005-03-04"] == pytest.approx(closes["2005-03-09"] / closes["2005-03-04"] - 1.0, abs=1e-9)


def test_what_goes_on_or_was_listed_again_is_as_it_was(tmp_path: Path) -> None:
    plain = labels(research_of(tmp_path / "a", None, 1))
    assert max(plain) > "2005-12-01"
    assert labels(research_of(tmp_path / "b", "0", 1, again=END)) == plain
    ended = research_of(tmp_path / "c", "0", 1)
    assert labels(ended, "MSFT.XNAS") == labels(research_of(tmp_path / "a", None, 1), "MSFT.XNAS")


@pytest.mark.parametrize(
    ("terms", "worth"), [("1:2 MSFT.XNAS at 30 + 20.25", 35.25), ("54.2", 54.2), ("1:2 MSFT.XNAS + 9", None)]
)
def test_the_last_label_is_what_a_merger_gave(
    tmp_path: Path, closes: dict[str, float], terms: str, worth: float | None
) -> None:
    """Shares of which nobody says a price count as the last close: no return, and none made up."""
    workspace = open_workspace(TradewindConfig(home=tmp_path, compute="serial"))
    workspace.bars.make()
    fact = Fact("IBM.XNYS", FactKind.MERGED, terms, parse_ns(END), parse_ns("2005-03-01"))
    save_facts(workspace.tables, [fact])
    found = labels(research_of(tmp_path, None, 1))
    assert max(found) == "2005-03-09"
    last = closes["2005-03-09"]
    assert found["2005-03-09"] == pytest.approx((last if worth is None else worth) / last - 1.0, abs=1e-9)
