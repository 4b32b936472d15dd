"""Names that changed, on real daily files: GOOG became GOOGL and another share took it; WM was a bank's."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.market.history import load_series
from tradewind.app.market.import_names import Naming
from tradewind.app.market.importing import import_path, options_of
from tradewind.app.market.reference import import_facts
from tradewind.app.market.universe_desk import universe_as_of
from tradewind.app.market.workspace import open_workspace
from tradewind.app.research.candidates import load_research
from tradewind.app.research.training import SessionModels
from tradewind.app.session.plan import plan_session
from tradewind.app.session.running import replay_journal, run_backtest
from tradewind.app.session.settings import StrategyConfig
from tradewind.core.accounts import PositionAdjusted
from tradewind.core.book import PositionKey
from tradewind.core.decisions import AccountMarked
from tradewind.core.errors import NoDataError
from tradewind.core.market import Bar
from tradewind.core.orders import OrderCanceled, OrderFilled
from tradewind.core.timestamps import NS_PER_DAY, iso, parse_ns
from tradewind.core.vocabulary import SessionMode
from tradewind.data.history import LoadedSeries
from tradewind.data.reference.facts import FactKind, read_facts
from tradewind.journal.opening import open_reader

FACTS = """instrument,kind,value,effective
GOOGL,symbol,GOOG,2004-08-19
GOOGL,symbol,GOOGL,2014-04-03
GOOG,listed,,2014-03-27
GOOG,symbol,GOOCV,2014-03-27
GOOG,symbol,GOOG,2014-04-03
WM,symbol,UW,1998-01-02
WM,symbol,WMI,1998-07-17
WM,symbol,WM,2009-08-05
FB,listed,,2012-05-18
GOOG,joined,S&P 500,2006-04-03
GOOG,joined,S&P 500,2014-04-04
"""
"""The first of the last two lines is of who was called GOOG in 2006, the second of who took the name."""
FILES = ("goog", "googl", "goocv", "wm", "wmi", "uw", "fb")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> TradewindConfig:
    home = tmp_path_factory.mktemp("names")
    config = TradewindConfig(home=home, compute="serial", provider="files")
    daily = shared_data / "lean" / "equity" / "usa" / "daily"
    for name in FILES:
        import_path(open_workspace(config), daily / f"{name}.zip", options_of(), Naming(venue="XNAS"))
    (home / "facts.csv").write_text(FACTS, "utf-8")
    facts, new = import_facts(open_workspace(config), home / "facts.csv")
    assert facts == new
    assert import_facts(open_workspace(config), home / "facts.csv") == (facts, 0), "twice changes nothing"
    return config


def bars_of(
    config: TradewindConfig, symbol: str, start: str, end: str, timeframe: str = "1d"
) -> LoadedSeries:
    (loaded,) = load_series(
        open_workspace(config), [symbol], DateWindow(start=start, end=end), timeframe=timeframe
    ).values()
    return loaded


def days(loaded: LoadedSeries) -> list[str]:
    return [iso(ts)[:10] for ts in loaded.as_stored.ts_event.tolist()]


def test_a_share_is_found_under_the_names_that_it_bore(config: TradewindConfig, shared_data: Path) -> None:
    loaded = bars_of(config, "WM", "2009-07-27", "2009-08-15")
    bars = loaded.as_stored
    assert bars.instrument_id == "WM.XNAS"
    assert len(bars) == 15, "every day of three weeks, once"
    old, new = (lean_closes(shared_data, name) for name in ("wmi", "wm"))
    expected = [old[day] if day < "2009-08-05" else new[day] for day in days(loaded)]
    assert bars.close == pytest.approx(expected)
    assert loaded.score.overall > 90.0
    assert loaded.bars.close.tolist() == bars.close.tolist()


def test_a_step_at_the_change_is_judged_like_any_other(config: TradewindConfig) -> None:
    """Holders of GOOGL were given as many GOOG on that day: the price halved, and no action tells of it."""
    loaded = bars_of(config, "GOOGL", "2014-03-24", "2014-04-12")
    found = [iso(one.ts_event)[:10] for one in loaded.findings if one.rule == "suspected_split"]
    assert found == ["2014-04-03"]


def lean_closes(shared_data: Path, name: str) -> dict[str, float]:
    """Closes of a file by day, read here once more: ten-thousandths of a dollar."""
    path = shared_data / "lean" / "equity" / "usa" / "daily" / f"{name}.zip"
    with zipfile.ZipFile(path) as packed:
        rows = packed.read(packed.namelist()[0]).decode().splitlines()
    cells = [row.split(",") for row in rows]
    return {f"{row[0][:4]}-{row[0][4:6]}-{row[0][6:8]}": int(row[4]) / 10_000 for row in cells}


def test_who_took_the_name_has_none_of_the_bars_of_before(config: TradewindConfig) -> None:
    loaded = bars_of(config, "GOOG.XNAS", "2014-03-24", "2014-04-12")
    assert days(loaded)[0] == "2014-03-27", "it was GOOCV until the change, and nothing before that"
    assert len(loaded.as_stored) == 12
    with pytest.raises(NoDataError, match="under the names that it bore"):
        bars_of(config, "GOOG.XNAS", "2010-01-04", "2010-02-01")


def test_a_symbol_means_who_bears_it_at_the_end_of_what_is_asked_for(config: TradewindConfig) -> None:
    names = open_workspace(config).instruments
    for day, name in (
        ("2010-01-01", "GOOGL.XNAS"),
        ("2014-04-02", "GOOGL.XNAS"),
        ("2014-04-04", "GOOG.XNAS"),
    ):
        assert list(names.named(["GOOG"], parse_ns(day))) == [name]
    assert (
        list(names.named(["GOOG"]))
        == list(names.named(["GOOG.XNAS"], parse_ns("2010-01-01")))
        == ["GOOG.XNAS"]
    )
    assert list(names.named(["UW"])) == list(names.named(["WMI"])) == ["WM.XNAS"]
    assert bars_of(config, "GOOG", "2010-01-04", "2010-02-01").as_stored.instrument_id == "GOOGL.XNAS"


def test_research_learns_from_who_bore_the_name(config: TradewindConfig) -> None:
    research = config.research.model_copy(
        update={
            "symbols": ("GOOG", "WM"), "models": ("logistic",),
            "window": DateWindow(start="2008-06-02", end="2010-06-01"),
        }
    )  # fmt: skip
    data = load_research(research, open_workspace(config), capital=1e6)
    assert set(data.features.samples.instrument_ids) == {"GOOGL.XNAS", "WM.XNAS"}


def test_another_company_of_the_same_name_is_never_joined(config: TradewindConfig, shared_data: Path) -> None:
    """WM was Washington Mutual until 2008, and Waste Management WMI; FB was another company until 2003."""
    loaded = bars_of(config, "WM", "1998-01-02", "2012-01-01")
    closes = dict(zip(days(loaded), loaded.as_stored.close.tolist(), strict=True))
    bank, waste = lean_closes(shared_data, "wm"), lean_closes(shared_data, "wmi")
    assert closes["2005-03-10"] == pytest.approx(waste["2005-03-10"])
    assert abs(waste["2005-03-10"] - bank["2005-03-10"]) > 1.0
    assert closes["1998-03-10"] == pytest.approx(lean_closes(shared_data, "uw")["1998-03-10"])
    assert closes["2010-03-10"] == pytest.approx(bank["2010-03-10"])
    steps = np.diff(loaded.as_stored.ts_event) / NS_PER_DAY
    assert steps.max() < 8, "no hole at the changes, and none of 2001 beside"
    assert days(bars_of(config, "FB", "1999-01-04", "2012-06-01"))[0] == "2012-05-18"


def test_weeks_across_a_change_are_whole(config: TradewindConfig) -> None:
    """The change fell on a Thursday: the week is made of days under both names."""
    weeks = bars_of(config, "GOOGL", "2014-03-01", "2014-05-01", "1w")
    week = bars_of(config, "GOOGL", "2014-03-31", "2014-04-05")
    at = weeks.as_stored.ts_event.tolist().index(int(week.as_stored.ts_event[-1]))
    assert weeks.as_stored.high[at] == week.as_stored.high.max()
    assert weeks.as_stored.open[at] == week.as_stored.open[0]


def test_facts_by_the_name_of_their_day(config: TradewindConfig) -> None:
    tables = open_workspace(config).tables
    joined = {
        name: [iso(f.effective_ns)[:10] for f in read_facts(tables, name) if f.kind is FactKind.JOINED]
        for name in ("GOOGL.XNAS", "GOOG.XNAS")
    }
    assert joined == {"GOOGL.XNAS": ["2006-04-03"], "GOOG.XNAS": ["2014-04-04"]}
    inside = universe_as_of(config, ["GOOG"], parse_ns("2010-06-01"))
    assert [(one.instrument_id, one.label) for one in inside] == [("GOOGL.XNAS", "GOOGL.XNAS (then GOOG)")]
    later = universe_as_of(config, ["GOOGL"], parse_ns("2015-06-01"))
    assert [one.label for one in later] == ["GOOGL.XNAS"]


OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_start(self):
        self.bought = False

    def on_bar(self, bar, now):
        if not self.bought:
            self.bought = True
            return 0.5
        return None
"""


def test_a_session_across_the_change_keeps_its_position_and_its_orders(config: TradewindConfig) -> None:
    (config.home / "holds.py").write_text(OWN, "utf-8")
    session = SessionConfig(
        symbols=("WM",), gauges=(), warmup_bars=60,
        window=DateWindow(start="2009-07-13", end="2009-09-01"),
        strategies=(StrategyConfig(use=str(config.home / "holds.py")),),  # type: ignore[call-arg]
    )  # fmt: skip
    across = config.model_copy(update={"session": session, "planner": {"protection": {"stop_pct": 40.0}}})
    plan = plan_session(across, SessionModels((), (), (), 0.0), [], "s", SessionMode.BACKTEST)
    assert plan.actions == ()
    ran = run_backtest(plan)
    with open_reader(ran.journal) as reader:
        records = [record.event for record in reader.read()]
    (bought,) = [one for one in records if isinstance(one, OrderFilled)]
    assert bought.instrument_id == "WM.XNAS"
    assert bought.ts_event < parse_ns("2009-08-05")
    assert not [one for one in records if isinstance(one, OrderCanceled)]
    seen = [iso(one.ts_event)[:10] for one in records if isinstance(one, Bar) and not one.warmup]
    assert {"2009-08-04", "2009-08-05"} <= set(seen)
    position = ran.book.positions[PositionKey("main", "holds", "WM.XNAS")]
    assert position.quantity_lots == bought.quantity_lots > 0
    assert replay_journal(plan, ran.journal).decisions


def test_holders_of_googl_were_given_the_share_that_took_its_name(
    config: TradewindConfig, tmp_path: Path, shared_data: Path
) -> None:
    """3 April 2014: one new GOOG for each, which had traded at 567 as GOOCV. Real prices throughout."""
    given = config.model_copy(update={"home": tmp_path})
    daily = shared_data / "lean" / "equity" / "usa" / "daily"
    for name in ("goog", "googl", "goocv"):
        import_path(open_workspace(given), daily / f"{name}.zip", options_of(), Naming(venue="XNAS"))
    spun = "GOOGL,spun_off,1 GOOG.XNAS at 567.00,2014-04-03\n"
    lines = [line for line in FACTS.splitlines() if line.startswith(("instrument", "GOOG"))]
    (tmp_path / "facts.csv").write_text("\n".join((*lines, spun)), "utf-8")
    import_facts(open_workspace(given), tmp_path / "facts.csv")
    loaded = bars_of(given, "GOOGL", "2014-03-24", "2014-04-12")
    assert "suspected_split" not in {finding.rule for finding in loaded.findings}
    assert loaded.income[days(loaded).index("2014-04-03")] == 567.0
    only = OWN.replace("if not", "if bar.instrument_id == 'GOOGL.XNAS' and not")
    (tmp_path / "holds.py").write_text(only, "utf-8")
    session = SessionConfig(
        symbols=("GOOGL", "GOOG.XNAS"), gauges=(), warmup_bars=3,
        window=DateWindow(start="2014-03-31", end="2014-05-01"),
        strategies=(StrategyConfig(use=str(tmp_path / "holds.py")),),  # type: ignore[call-arg]
    )  # fmt: skip
    across = given.model_copy(update={"session": session})
    plan = plan_session(across, SessionModels((), (), (), 0.0), [], "s", SessionMode.BACKTEST)
    ran = run_backtest(plan)
    with open_reader(ran.journal) as reader:
        records = [record.event for record in reader.read()]
    bought = next(one for one in records if isinstance(one, OrderFilled))
    old, new = (one for one in records if isinstance(one, PositionAdjusted))
    assert (old.instrument_id, new.instrument_id) == ("GOOGL.XNAS", "GOOG.XNAS")
    assert old.old_lots == old.new_lots == new.new_lots == bought.quantity_lots
    assert old.cost_e8 + new.cost_e8 == bought.quantity_lots * bought.price_ticks * 10**6
    assert new.cost_e8 / (old.cost_e8 + new.cost_e8) == pytest.approx(567.0 / 1135.1)
    marks = {iso(m.ts_event)[:10]: m.equity_e8 for m in records if isinstance(m, AccountMarked)}
    assert abs(marks["2014-04-03"] / marks["2014-04-02"] - 1.0) < 0.01, "halved, it would have lost an eighth"
    assert replay_journal(plan, ran.journal).decisions


def test_a_name_of_today_finds_what_was_stored_under_the_old_one(tmp_path: Path) -> None:
    """The sample ends in 2013: it knows FB alone, and META is what the facts say that it is called today."""
    for facts, name in (
        ("FB,symbol,META,2022-06-09\n", "FB.XNAS"),
        ("META,symbol,FB,2012-05-18\nMETA,symbol,META,2022-06-09\n", "META.XNAS"),
    ):
        home = tmp_path / name
        described = {"META.XNAS": {"asset_class": "equity"}} if name == "META.XNAS" else {}
        config = TradewindConfig(home=home, compute="serial", instruments=described)
        home.mkdir()
        (home / "facts.csv").write_text(f"instrument,kind,value,effective\n{facts}", "utf-8")
        import_facts(open_workspace(config), home / "facts.csv")
        loaded = bars_of(config, "META", "2012-06-01", "2013-03-01")
        assert loaded.as_stored.instrument_id == name
        plain = bars_of(TradewindConfig(home=tmp_path / "plain"), "FB", "2012-06-01", "2013-03-01")
        np.testing.assert_array_equal(loaded.as_stored.close, plain.as_stored.close)
        assert list(open_workspace(config).instruments.named(["FB"], parse_ns("2013-01-01"))) == [name]
