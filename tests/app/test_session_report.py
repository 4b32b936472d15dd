"""The report of whole sessions from the journal alone: what the page says, and that it needs nothing more."""

import html
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tradewind.app.config import TradewindConfig
from tradewind.app.session import benchmarks
from tradewind.app.session.prepare import prepare_session
from tradewind.app.session.reporting import write_session_report
from tradewind.app.session.running import run_backtest
from tradewind.cli.main import app
from tradewind.core.decisions import AccountMarked, BreakerTripped, OrderRefused
from tradewind.core.errors import ConfigError, JournalBrokenError, NoDataError, UnknownSymbolError
from tradewind.core.events import SessionStarted
from tradewind.core.market import Bar
from tradewind.core.orders import OrderFilled
from tradewind.core.vocabulary import SessionMode
from tradewind.journal.opening import open_reader
from tradewind.views.fill_times import FILL_TIMES

CROSS = """
    import tradewind as tw

    class SmaCross(tw.Strategy):
        fast: int = 10
        slow: int = 50
        drift_pct = 1e9

        def on_bar(self, bar, now):
            closes = now.closes(self.slow)
            if len(closes) < self.slow:
                return None
            return 0.2 if closes[-self.fast:].mean() > closes.mean() else 0.0
"""
NEVER = """
    import tradewind as tw

    class Never(tw.Strategy):
        def on_bar(self, bar, now):
            return None
"""
CALM = {
    name: {"limit": 1.0}
    for name in ("drawdown", "daily_loss", "rapid_loss", "position_loss", "strategy_drawdown")
} | {"losing_trades": {"limit": 1_000_000}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home: Path) -> Callable[..., Path]:
    def make(
        name: str,
        files: dict[str, str],
        start: str = "2018-06-01",
        end: str = "2020-06-01",
        symbols: tuple[str, ...] = ("MSFT", "NVDA"),
    ) -> Path:
        uses = []
        for file, text in files.items():
            (home / file).write_text(textwrap.dedent(text), "utf-8")
            share = 1.0 / len(files)
            given = {"slow": 40} if file == "sma.py" else {}
            strategy = {"use": str(home / file), "symbols": symbols, "capital_share": share}
            uses.append({**strategy, "parameters": given})
        session = {
            "symbols": symbols,
            "window": {"start": start, "end": end},
            "strategies": uses,
            "gauges": [],
        }
        config = TradewindConfig.model_validate({"home": home, "session": session, "risk": CALM})
        plan = prepare_session(config, name, SessionMode.BACKTEST, lambda *_: None)
        return run_backtest(plan).journal

    return make


@pytest.fixture(scope="module")
def traded(run: Callable[..., Path]) -> Path:
    return run("traded", {"sma.py": CROSS, "again.py": CROSS.replace("slow: int = 50", "slow: int = 20")})


def events_of(reader: Any, kind: Any) -> Iterator[Any]:
    return (record.event for record in reader.read_kind(kind))


def words_of(page: Path) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.read_text("utf-8")).split())


def test_the_page_of_a_traded_session_tells_everything(traded: Path, tmp_path: Path) -> None:
    page, data = write_session_report(traded, tmp_path / "r.html", command="tradewind report traded")
    text = page.read_text("utf-8")
    assert not re.search(r"https?://|url\(|@import|<script|<link", text)
    assert not re.search(r"\b(nan|inf|None|Infinity)\b", words_of(page))
    assert not re.search(r"[-−]0\.0+\b", words_of(page))
    for words in (
        "Growth against the benchmark",
        "Bought and held: MSFT.XNAS, NVDA.XNAS",
        "Months",
        "Over 63 days",
        "Over 252 days",
        "Deepest drawdowns",
        "Prices and fills",
        "Closed trades",
        "Who earned what, in USD",
        "What trading cost, in USD",
        "sma.py:SmaCross",
        "slow: 40",
        "Breakers and refusals",
        "The hash chain holds",
        "tradewind report traded",
    ):
        assert words in words_of(page), words
    said = json.loads(data.read_bytes())
    with open_reader(traded) as reader:
        *_, last = (r.event for r in reader.read_kind(AccountMarked) if isinstance(r.event, AccountMarked))
        trips = sum(1 for _ in reader.read_kind(BreakerTripped))
        refused = sum(1 for _ in reader.read_kind(OrderRefused))
    sheet = said["sheet"]
    earned = sum(float(row["profit"]) for row in sheet["earned"] if row["by"] == "strategy")
    assert earned == pytest.approx(last.equity_e8 / 1e8 - 100_000, abs=0.01)
    assert len(sheet["breakers"]) == trips
    assert sum(row["orders"] for row in sheet["refusals"]) == refused
    assert {row["strategy"] for row in sheet["trades"]} == {"sma", "again"}
    assert all(len(row["sha256"]) == 64 for row in sheet["strategies"])
    marks = {chart["instrument_id"]: len(chart["fills"]) for chart in sheet["charts"]}
    assert marks == {row["instrument_id"]: row["fills"] for row in sheet["costs"]}
    assert text.count("mark-edge") - 1 == sum(marks.values())  # once in the style


def test_what_is_said_of_the_time_of_a_fill_is_said_everywhere_and_holds(
    traded: Path, tmp_path: Path
) -> None:
    page, _ = write_session_report(traded, tmp_path / "r.html")
    assert html.unescape(words_of(page)).count(FILL_TIMES) == 2
    assert FILL_TIMES in (Path(__file__).parents[2] / "web/src/format/time.ts").read_text("utf-8")
    assert FILL_TIMES in CliRunner().invoke(app, ["orders", "--fills", "--journal", str(traded)]).stderr
    with open_reader(traded) as reader:
        bars = {(one.instrument_id, one.ts_event): one for one in events_of(reader, Bar)}
        ticks = {one.id: float(one.tick_size) for one in next(events_of(reader, SessionStarted)).instruments}
        fills = [(one, bars[one.instrument_id, one.ts_event]) for one in events_of(reader, OrderFilled)]
    assert len(fills) > 50
    for fill, bar in fills:
        price = fill.price_ticks * ticks[fill.instrument_id]
        slipped = 1 + fill.side.sign * fill.slippage_bps / 1e4
        assert price / slipped == pytest.approx(bar.open, rel=2e-5)


def test_a_session_without_trades_has_a_page_of_its_own(run: Callable[..., Path], tmp_path: Path) -> None:
    page, _ = write_session_report(
        run("never", {"never.py": NEVER}, "2020-01-01", "2020-05-01"), tmp_path / "n.html"
    )
    words = words_of(page)
    for said in (
        "no trade",
        "Nothing was traded",
        "No round trip came to its end",
        "never ended a day below",
    ):
        assert said in words, said
    assert not re.search(r"\b(nan|inf|None)\b", words)


def test_the_benchmark_may_be_another_one(traded: Path, home: Path, tmp_path: Path) -> None:
    config = TradewindConfig.model_validate({"home": home})
    _, data = write_session_report(traded, tmp_path / "b.html", benchmark="NVDA", config=config)
    assert json.loads(data.read_bytes())["sheet"]["statistics"]["benchmark"]["name"] == "NVDA.XNAS"
    with pytest.raises(NoDataError):
        write_session_report(traded, tmp_path / "c.html", benchmark="IBM", config=config)
    with pytest.raises(UnknownSymbolError, match="NOBODY"):
        write_session_report(traded, tmp_path / "d.html", benchmark="NOBODY", config=config)
    assert not (tmp_path / "c.html").exists()


def test_stored_history_is_a_benchmark_that_pays_its_dividends(
    run: Callable[..., Path], home: Path, tmp_path: Path
) -> None:
    """NFLX is no instrument of the session; it pays none, so it is its own price."""
    journal = run("other", {"sma.py": CROSS}, "2019-01-02", "2020-03-02")
    config = TradewindConfig.model_validate({"home": home})
    _, data = write_session_report(journal, tmp_path / "s.html", benchmark="NFLX", config=config)
    benchmark = json.loads(data.read_bytes())["sheet"]["statistics"]["benchmark"]
    assert benchmark["name"].startswith("NFLX.XNAS")
    assert benchmark["benchmark_return_pct"] == pytest.approx(100 * (369.03 / 267.66 - 1), abs=1.5)


def test_the_verb_writes_the_page_of_the_newest_session(traded: Path, home: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["report", "traded", "--home", str(home), "--json"])
    assert told.exit_code == 0, told.output
    said = json.loads(told.stdout)
    assert Path(said["report"]) == home / "reports" / "traded.html"
    assert Path(said["report"]).exists()
    assert Path(said["data"]).exists()
    assert said["statistics"]["session_id"] == "traded"
    page = tmp_path / "mine.html"
    words = CliRunner().invoke(app, ["report", "--journal", str(traded), "--to", str(page)])
    assert words.exit_code == 0, words.output
    assert "Sharpe ratio" in words.stdout
    assert str(page) in words.stderr
    wrong = CliRunner().invoke(app, ["report", "traded", "--home", str(home), "--to", "page.json"])
    assert "HTML" in str(wrong.exception)


def test_a_damaged_journal_has_no_report(traded: Path, tmp_path: Path) -> None:
    copy = tmp_path / traded.name
    for file in traded.parent.glob(f"{traded.name}*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    body = bytearray(copy.read_bytes())
    middle = len(body) // 2
    body[middle : middle + 64] = bytes(64)
    copy.write_bytes(bytes(body))
    with pytest.raises(JournalBrokenError):
        write_session_report(copy, tmp_path / "x.html")
    assert not (tmp_path / "x.html").exists()


def benchmark_of(journal: Path, home: Path, tmp_path: Path, symbol: str = "") -> dict[str, float]:
    config = TradewindConfig.model_validate({"home": home})
    _, data = write_session_report(journal, tmp_path / f"{symbol[:3]}.html", benchmark=symbol, config=config)
    found: dict[str, float] = json.loads(data.read_bytes())["sheet"]["statistics"]["benchmark"]
    return found


def test_dividends_count_alike_in_what_is_held_in_what_is_chosen_and_in_what_is_stored(
    run: Callable[..., Path], home: Path, tmp_path: Path
) -> None:
    span = "2019-01-02", "2020-03-02"
    msft = run("msft-alone", {"sma.py": CROSS}, *span, symbols=("MSFT",))
    nvda = run("nvda-alone", {"sma.py": CROSS}, *span, symbols=("NVDA",))
    held, chosen = benchmark_of(msft, home, tmp_path), benchmark_of(msft, home, tmp_path, "MSFT")
    stored = benchmark_of(nvda, home, tmp_path, "MSFT")
    assert held["benchmark_return_pct"] == pytest.approx(chosen["benchmark_return_pct"], abs=1e-9)
    assert stored["benchmark_return_pct"] == pytest.approx(held["benchmark_return_pct"], abs=1e-6)


def test_a_benchmark_in_another_currency_is_converted_or_refused(
    traded: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dollar held as yen per dollar, in dollars, is a dollar."""
    dollar = benchmark_of(traded, home, tmp_path, "USD/JPY")
    assert dollar["benchmark_return_pct"] == pytest.approx(0.0, abs=1e-9)
    real, asked = benchmarks.load_series, []

    def the_first_alone(workspace: Any, symbols: list[str], *rest: Any) -> Any:
        asked.append(symbols)
        if len(asked) > 1:
            raise UnknownSymbolError("No such pair.", "")
        return real(workspace, symbols, *rest)

    monkeypatch.setattr(benchmarks, "load_series", the_first_alone)
    with pytest.raises(ConfigError, match=r"USD/JPY\.\w+ is quoted in JPY and the account is kept in USD"):
        benchmark_of(traded, home, tmp_path, "USD/JPY")
