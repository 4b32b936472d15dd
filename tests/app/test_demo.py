"""The demo as a user runs it: one command, one summary, within its memory, and a journal that verifies."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from torch_absent import ABSENT
from tradewind.core.errors import JournalError
from tradewind.journal.audit import verify_file
from tradewind.journal.opening import open_reader

MODELS = {
    "moving_average_momentum", "time_series_momentum", "bollinger_reversion", "donchian_breakout",
    "logistic", "random_forest", "xgboost", "lightgbm", *(() if ABSENT else ("bilstm",)),
}  # fmt: skip


KILLED_AT = (700, 12_144, 26_000)
"""Records after which the process is killed: early, where the BiLSTM's window once had a hole, and late."""

GO_ON = """
import sys
from dataclasses import replace
from pathlib import Path
from tradewind.app.config import TradewindConfig
from tradewind.app.session.prepare import session_as_started
from tradewind.app.session.running import run_paper
began, here = Path(sys.argv[1]), Path(sys.argv[2])
plan = session_as_started(TradewindConfig(home=began), "demo-1")
run_paper(replace(plan, config=plan.config.model_copy(update={"home": here})))
"""


def tradewind(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRADEWIND_")}
    return subprocess.run(
        [sys.executable, "-m", "tradewind.cli", *words],
        capture_output=True, text=True, check=False, timeout=280, env=environment,
    )  # fmt: skip


def records_in(journal: Path) -> int:
    with suppress(JournalError), open_reader(journal) as reader:
        return reader.last_seq()
    return 0


def go_on(home: Path, here: Path, until: int | None = None) -> None:
    """Begin or go on with the session of ``home`` in ``here``; killed after ``until`` records."""
    process = subprocess.Popen([sys.executable, "-c", GO_ON, str(home), str(here)])
    if until is None:
        assert process.wait(300) == 0
        return
    while process.poll() is None and records_in(here / "journals" / "demo-1.journal") < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL, "it ended before it could be killed"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def summary(home: Path) -> dict[str, object]:
    done = tradewind("demo", "--no-serve", "--json", "--home", str(home))
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


@pytest.mark.slow
def test_the_summary_says_everything_that_was_measured(summary: dict[str, object]) -> None:
    models = summary["models"]
    assert isinstance(models, list)
    assert {model["name"] for model in models} == MODELS
    for model in models:
        assert 0.4 < model["accuracy"] < 0.6  # real daily data: more would be a leak
        assert 0.5 < model["base_rate"] < 0.6
        assert model["sharpe_ci"][0] <= model["sharpe"] <= model["sharpe_ci"][1]
        assert model["verdict"] in ("accepted", "refused")
        assert model["reasons"]
    notes = " ".join(summary["notes"])  # type: ignore[arg-type]
    assert ("bilstm is left out: it needs torch" in notes) is ABSENT
    assert ("caps" in notes and "bilstm with epochs 2" in notes) is not ABSENT
    session = summary["session"]
    assert isinstance(session, dict)
    assert set(session) >= {"orders", "fills", "equity_start", "equity_end", "max_drawdown", "breakers"}
    assert session["equity_start"] == 100_000.0
    assert session["fills"] > 0
    assert summary["journal"]["verified"] is True  # type: ignore[index]
    assert summary["peak_mb"] < 2_000  # type: ignore[operator]
    assert {"MSFT.XNAS", "BTC/USD.KRAKEN", "EUR/USD.IDEALPRO"} <= set(summary["instruments"])  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_report_needs_nothing_but_itself(summary: dict[str, object]) -> None:
    page = Path(str(summary["report"])).read_text()
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "<script src" not in page
    assert "logistic" in page


@pytest.mark.slow
def test_the_report_s_value_at_risk_is_that_of_the_session(summary: dict[str, object], home: Path) -> None:
    page = Path(str(summary["report"]))
    shown = json.loads(page.with_suffix(".json").read_text())["risk"]
    told = tradewind("risk", "demo-1", "--home", str(home), "--json")
    measured = json.loads(told.stdout)
    assert shown["var"] == measured["var"]
    assert shown["days"] == measured["var_days"]
    assert shown["backtest"] == measured["backtest"] != []
    assert "Held against the account's own days" in page.read_text()


@pytest.mark.slow
def test_its_journal_replays_and_explains(summary: dict[str, object], home: Path) -> None:
    replayed = tradewind("replay", "demo-1", "--home", str(home), "--json")
    assert replayed.returncode == 0, replayed.stderr
    assert json.loads(replayed.stdout)["same"] is True
    orders = json.loads(tradewind("orders", "--home", str(home), "--json").stdout)
    first = orders["orders"][0]["client_order_id"]
    told = tradewind("explain", first, "--home", str(home))
    assert told.returncode == 0, told.stderr
    assert "bps" in told.stdout
    assert first in told.stdout


@pytest.mark.slow
def test_a_taken_port_is_one_sentence(summary: dict[str, object], home: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = tradewind("serve", "--home", str(home), "--port", str(port))
    assert done.returncode == 10
    assert f"Port {port}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_its_session_killed_three_times_ends_as_if_it_never_had_been(
    summary: dict[str, object], home: Path, tmp_path: Path
) -> None:
    journal = tmp_path / "journals" / "demo-1.journal"
    for until in KILLED_AT:
        go_on(home, tmp_path, until)
        verify_file(journal)
    go_on(home, tmp_path)
    unbroken, killed = verify_file(home / "journals" / "demo-1.journal"), verify_file(journal)
    assert killed.records == unbroken.records
    assert killed.root_hash == unbroken.root_hash
