"""Each how-to page is followed as it stands: its files are written, its commands are run, and it works."""

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tradewind.app.session.active import REGISTRIES
from tradewind.core.decisions import BreakerTripped, DecisionMade, OrderRefused
from tradewind.core.events import AnyEvent, SessionStarted
from tradewind.core.forecasts import Forecast
from tradewind.journal.opening import open_reader

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
ABOUT_ALL = "plug-ins"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
RUNNER = """
import io, json, sys
from contextlib import redirect_stdout, redirect_stderr
from tradewind.cli.main import main

for line in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    sys.argv = line
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code or 0
    print(json.dumps({"line": " ".join(line), "code": code, "out": out.getvalue(), "err": err.getvalue()}))
"""


class Followed:
    """A page that was followed in a folder: what each of its commands said."""

    def __init__(self, folder: Path, said: list[dict[str, Any]]) -> None:
        self.folder = folder
        self._said = {one["line"]: one for one in said}

    def out(self, words: str) -> str:
        (found,) = (one["out"] for line, one in self._said.items() if words in line)
        return str(found)

    def events(self, session: str, *kinds: type) -> list[AnyEvent]:
        journal = self.folder / ".tradewind" / "journals" / f"{session}.journal"
        with open_reader(journal) as reader:
            return [record.event for record in reader.read_kind(*kinds)]

    def begun(self, session: str) -> SessionStarted:
        (event,) = self.events(session, SessionStarted)
        assert isinstance(event, SessionStarted)
        return event

    def decisions(self, session: str) -> list[DecisionMade]:
        found = [event for event in self.events(session, DecisionMade) if isinstance(event, DecisionMade)]
        assert len(found) > 50
        return found


def follow(page: Path, folder: Path) -> Followed:
    blocks = BLOCK.findall(page.read_text("utf-8"))
    for kind, text in blocks:
        named = re.match(r"# (\S+)\n", text)
        if kind in ("python", "yaml"):
            assert named, f"a block of {page.name} names no file"
            path = folder / named[1]
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.split("\n", 1)[1])
    (commands,) = (text for kind, text in blocks if kind == "sh")
    lines = [line.split() for line in commands.splitlines()]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, json.dumps(lines)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("TRADEWIND_")},
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(lines), done.stderr
    for one in said:
        assert one["code"] == 0, f"{page.name}: {one['line']}\n{one['out']}\n{one['err']}"
    return Followed(folder, said)


def last_rows(table: str) -> list[list[float]]:
    """Figures of the last table that was printed: all columns but the time."""
    lines = [[cell.strip() for cell in line.split("│")[2:-1]] for line in table.splitlines() if "│" in line]
    return [[float(cell.replace(",", "")) for cell in line] for line in lines]


def factor(page: Followed) -> None:
    for five, thirteen in last_rows(page.out("factors compute")):
        assert five != thirteen
        assert max(abs(five), abs(thirteen)) <= 1.0
    assert "2 of 2 factors hold" in page.out("factors check")


def factor_on_factor(page: Followed) -> None:
    for turn, _, now, before in last_rows(page.out("factors compute")):
        assert turn == pytest.approx(now - before, abs=0.011)
    assert "1 of 1 factors hold" in page.out("factors check")


def risk_rule(page: Followed) -> None:
    refused = [event.refusal.rule for event in page.events("limited", OrderRefused)]  # type: ignore[union-attr]
    assert refused.count("small_orders") > 3
    assert "small_orders" in page.begun("limited").plugins["rules"]
    assert "rules/small_orders/small_orders.py@" in page.begun("limited").plugins["outside"][0]


def breaker(page: Followed) -> None:
    tripped = page.events("banked", BreakerTripped)
    found = [event for event in tripped if event.breaker == "day_gain"]  # type: ignore[union-attr]
    assert found
    assert all(event.value >= 0.001 for event in found)  # type: ignore[union-attr]
    assert "day_gain" in page.begun("banked").plugins["breakers"]


def filter_(page: Followed) -> None:
    found = [v for one in page.decisions("filtered") for v in one.verdicts if v.name == "calm_strength"]
    assert any(verdict.passed for verdict in found)
    assert any(math.isfinite(verdict.value) for verdict in found)
    assert "rsi_13" in page.begun("filtered").factor_names


def blend(page: Followed) -> None:
    assert page.begun("loud").plugins["blends"] == ("loudest",)
    for decision in page.decisions("loud"):
        heard = max(decision.votes, key=lambda vote: abs(vote.edge_bps) * (vote.weight > 0.0))
        assert decision.edge_bps == pytest.approx(heard.edge_bps)


def rule_model(page: Followed) -> None:
    forecasts = page.events("worn", Forecast)
    assert {event.model for event in forecasts} == {"worn_out"}  # type: ignore[union-attr]
    assert "rsi_13" in page.begun("worn").factor_names
    assert "worn_out" in page.out("validate --models")


def learner(page: Followed) -> None:
    forecasts = page.events("leant", Forecast)
    assert {event.model for event in forecasts} == {"leaning"}  # type: ignore[union-attr]
    assert {"ret_21", "rsi_13", "realised_21"} <= set(page.begun("leant").factor_names)
    assert "leaning" in page.out("train --models")


def provider(page: Followed) -> None:
    assert "waves" in page.out("data providers")
    shown = json.loads(page.out("data show"))
    closes = [bar["close"] for bar in shown["last_bars"]]
    assert max(map(abs, (close - 100.0 for close in closes))) <= 10.0
    assert shown["synthetic"] is True


def stream(page: Followed) -> None:
    heard = json.loads(page.out("data stream"))
    assert sum(heard["bars"].values()) >= 3
    assert abs(next(iter(heard["last"].values()))["close"] - 100.0) <= 1.0


def series_source(page: Followed) -> None:
    assert "rainfall" in {one["name"] for one in json.loads(page.out("data series --config"))["sources"]}
    assert json.loads(page.out("--fetch"))["fetched"][0]["added"] > 100
    (shown,) = json.loads(page.out("--as-of"))
    january, february = (40.0 + (2020 * 12 + nth) * 7 % 12 for nth in (0, 1))
    assert [(row["period"], row["value"]) for row in shown["rows"]] == [
        ("2020-01-01", january + 0.5),
        ("2020-02-01", february),
    ]


def text_source(page: Followed) -> None:
    assert "10" in page.out("data texts ACME --fetch")
    then = json.loads(page.out("data texts ACME --source diary"))
    assert (then["texts"], then["stories"]) == (3, 3)  # of ten, those of the first three mornings
    assert "calm" in str(then["shown"])


def quality_rule(page: Followed) -> None:
    (judged,) = json.loads(page.out("data quality"))
    assert judged["findings"]["whole_prices"] > 10


def universe_filter(page: Followed) -> None:
    said = {one["instrument_id"]: one for one in json.loads(page.out("data universe"))["instruments"]}
    assert said["IBM.XNYS"]["inside"]  # it lost a tenth or so in that year
    assert said["AAPL.XNAS"]["why"].startswith("round_trip: the change over a year is")


def execution_algorithm(page: Followed) -> None:
    listed = json.loads(page.out("plugins list"))
    rows = {one["name"]: one for one in (listed["plugins"] if isinstance(listed, dict) else listed)}
    assert rows["front_half"]["active"] == "yes"
    assert rows["twap"]["active"] == "no"


def regime_profile(page: Followed) -> None:
    words = {decision.regime for decision in page.decisions("states")}
    assert words <= {"calm", "wild", ""}
    assert "wild" in words  # the spring of 2020


def calendar_source(page: Followed) -> None:
    assert "harvest" in {one["name"] for one in json.loads(page.out("data calendar --config"))["sources"]}
    (shown,) = json.loads(page.out("--as-of"))
    told = {row["event"]: row["status"] for row in shown["rows"]}
    assert (told["2020-02"], told["2020-03"], "2020-04" in told) == ("released", "scheduled", False)
    assert shown["hours_to_next"] == pytest.approx(4 * 24 + 8.5)


PROOFS: dict[str, Callable[[Followed], None]] = {
    "factor": factor,
    "factor-on-factor": factor_on_factor,
    "risk-rule": risk_rule,
    "breaker": breaker,
    "filter": filter_,
    "blend": blend,
    "rule-model": rule_model,
    "learner": learner,
    "provider": provider,
    "stream": stream,
    "series-source": series_source,
    "text-source": text_source,
    "calendar-source": calendar_source,
    "quality-rule": quality_rule,
    "universe-filter": universe_filter,
    "regime-profile": regime_profile,
    "execution-algorithm": execution_algorithm,
}
NAMES = sorted(path.stem for path in PAGES.glob("*.md") if path.stem != ABOUT_ALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_page_works_as_it_stands(name: str, tmp_path: Path) -> None:
    followed = follow(PAGES / f"{name}.md", tmp_path)
    held = re.search(r"(\d+) of (\d+) plug-ins of \S+ hold", followed.out("plugins check"))
    assert held
    assert held[1] == held[2] != "0"
    PROOFS[name](followed)


def test_every_kind_has_its_page_and_every_page_its_proof() -> None:
    text = "".join((PAGES / f"{name}.md").read_text("utf-8") for name in NAMES)
    shown = {
        entry.kind
        for entry in REGISTRIES.values()
        for line in text.splitlines()
        if line.startswith("@") and entry_point_of(entry) in line
    }
    missing = [kind for kind, registry in REGISTRIES.items() if registry.kind not in shown]
    assert missing == []
    assert sorted(PROOFS) == NAMES


def entry_point_of(registry: object) -> str:
    """How a file enters a registry: its decorator."""
    words = {
        "factor": "@factor(",
        "risk rule": "@risk_rule(",
        "circuit breaker": "@breaker(",
        "model": "@rule(",
        "filter": "@FILTERS.",
        "way of blending": "@BLENDS.",
        "regime profile": "@PROFILES.",
        "provider": "@PROVIDERS.",
        "stream": "@STREAMS.",
        "series source": "@SERIES.",
        "text source": "@TEXTS.",
        "calendar source": "@CALENDARS.",
        "universe filter": "@universe_filter(",
        "execution algorithm": "@algorithm(",
        "quality rule": "@RULES.",
    }
    return words.get(registry.kind, "\0")  # type: ignore[attr-defined]
