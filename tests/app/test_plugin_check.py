"""A plug-in that remembers, looks at the clock or breaks its kind's contract is caught; a sound one holds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tradewind as tw
from tradewind.app.plugin_check.checking import PROBES, examine
from tradewind.app.plugin_check.strategy_trials import strategy_probes
from tradewind.app.session.active import REGISTRIES

RULE = """
import os
import time
from functools import cache

import msgspec

from tradewind.core.decisions import APPROVED, Refused
from tradewind.risk.registry import risk_rule

SEEN = {{}}


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    lots: int = 100


def word(number):
    return Refused(rule="mine", reason=str(number))


@cache
def twice(lots):
    return 2 * lots


@risk_rule("mine", Limit(), stage=0)
def mine(order, instrument, view, settings, kept=[]):
    {body}
    if twice(order.quantity_lots) > 2 * settings.lots{more}:
        return Refused(rule="mine", reason="too many lots")
    return APPROVED
"""
FACTOR = """
from tradewind.factors.memory import Window
from tradewind.factors.registry import factor

LAST = {{}}


@factor(name="mine", group="price", inputs=["close"], memory=Window(1), formula="2 C", source="here")
def mine(close):
    {body}
"""
FILTER = """
from tradewind.ensemble.filter_registry import FILTERS, above


@FILTERS.register("mine", factors=("rsi_13",))
def mine(inputs, settings):
    return above({name}, inputs.get("rsi_13"), 50.0)
"""
BLEND = """
from tradewind.ensemble.registry import BLENDS, Combined


@BLENDS.register("mine")
def mine(views, settings):
    return Combined(views.edges[0], views.probabilities[0], views.confidences[0], {shares})
"""
BREAKER = """
import msgspec

from tradewind.risk.alarm import Alarm
from tradewind.risk.registry import Watch, breaker


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    floor: float = 90_000.0


class Memory:
    worst = 1e18


@breaker("mine", Settings(), severity=9, watch=Watch.EQUITY)
def mine(book, hours, settings):
    equity = book.equity_e8 / 1e8
    {body}
    if equity >= settings.floor:
        return ()
    return (Alarm("account", "", {action!r}, equity, settings.floor, "under the floor", "next_day"),)
"""
LEARNER = """
from dataclasses import dataclass, field
from typing import ClassVar

from tradewind.alphas.factories import learner


@learner("mine", family="classical")
@dataclass
class Mine:
    wanted: ClassVar[tuple[str, ...] | None] = ("ret_5", "rsi_13")
    stops_early: ClassVar[bool] = False
    lookback: int = field(default=1, init=False)
    sign: float = field(default=1.0, init=False)

    def fit(self, train, validation, seed):
        self.sign = -3.0

    def score(self, rows):
        return self.sign * rows.scaled()[:, 0]

    def files(self):
        return {{"sign.txt": str(self.sign).encode()}}

    def restore(self, files):
        {restore}

    def importance(self):
        return None

    def notes(self):
        return {{}}
"""
STRATEGY = """
import os
import random

import tradewind as tw

class mine(tw.Strategy):
    length: int = 14
    factors = ("rsi_{{length}}",)

    def __init__(self, **parameters):
        super().__init__(**parameters)
        closed = []

        def note(day):
            closed.append(day)
            return len(closed)

        type(self).note = staticmethod(note)

    def on_start(self):
        self.days = 0

    def on_bar(self, bar, now):
        self.days += 1
        if now.factor("rsi_14") < 45{more}:
            return 0.2
        return 0.0 if now.factor("rsi_14") > 60 else None
"""
SOUND = {
    "rule": RULE.format(body="", more=""),
    "factor": FACTOR.format(body="return 2.0 * close"),
    "filter": FILTER.format(name='"mine"'),
    "blend": BLEND.format(shares="[1.0] + [0.0] * (len(views.edges) - 1)"),
    "breaker": BREAKER.format(body="", action="note"),
    "learner": LEARNER.format(restore='self.sign = float(files["sign.txt"])'),
}
SOUND["strategy"] = STRATEGY.format(more=" + self.days % 7")
BROKEN = {
    "a limit that counts in a dictionary": (
        RULE.format(body='SEEN["calls"] = SEEN.get("calls", 0) + 1', more=' or SEEN["calls"] > 40'),
        ("asked the same twice it answers otherwise", "SEEN has changed between calls"),
    ),
    "a limit that notes what it has seen and never uses it": (
        RULE.format(body="SEEN[order.client_order_id] = order", more=""),
        ("SEEN has changed between calls: a plug-in remembers nothing",),
    ),
    "a limit that remembers on a day that nobody asks about": (
        RULE.format(body='if order.account == "never":\n        SEEN["there"] = True', more=""),
        ("line 30: SEEN['there'] is changed: a plug-in remembers nothing",),
    ),
    "a limit with a list as a default argument": (
        RULE.format(body="kept.append(order.client_order_id)", more=""),
        ("mine (its default arguments) has changed between calls",),
    ),
    "a limit that looks at the clock": (
        RULE.format(body="", more=" or time.perf_counter_ns() % 3 == 0"),
        ("asked the same twice it answers otherwise",),
    ),
    "a limit that differs from process to process": (
        RULE.format(
            body="if settings.lots < order.quantity_lots:\n        return word(os.getpid())", more=""
        ),
        ("a fresh process gives another answer",),
    ),
    "a limit that gives a truth": (
        RULE.format(body="return True", more=""),
        ("it gives a bool, not a",),
    ),
    "a factor that adds what it saw last": (
        FACTOR.format(
            body='LAST["sum"] = LAST.get("sum", 0.0) + float(close[-1, 0])\n    return close + LAST["sum"]'
        ),
        ("answers otherwise", "LAST has changed between calls"),
    ),
    "a factor that looks ahead": (
        FACTOR.format(
            body="import numpy as np\n    return np.vstack([close[1:], close[-1:]])",
        ),
        ("future: ",),
    ),
    "a filter under another's name": (
        FILTER.format(name='"other"'),
        ("its verdict is called 'other'",),
    ),
    "a blend whose shares are too many": (
        BLEND.format(shares="[1.0] * len(views.edges)"),
        ("its shares add up to 2, not to 1 or 0",),
    ),
    "a breaker that keeps the worst in a class": (
        BREAKER.format(body="Memory.worst = equity = min(Memory.worst, equity)", action="note"),
        ("answers otherwise", "Memory.worst has changed between calls"),
    ),
    "a breaker with a word that is none": (
        BREAKER.format(body="", action="panic"),
        ("it raises ConfigError: The breaker mine reports a word that is none of the house",),
    ),
    "a strategy that throws a coin": (
        STRATEGY.format(more=" and random.random() > 0.5"),
        ("asked the same twice it answers otherwise", "a fresh process gives another answer"),
    ),
    "a strategy that remembers in a closure": (
        STRATEGY.format(more=" + self.note(bar.ts_event) % 40"),
        ("taken up again from a snapshot it decides otherwise",),
    ),
    "a strategy that differs from process to process": (
        STRATEGY.format(more=" + os.getpid() % 97 / 10"),
        ("a fresh process gives another answer",),
    ),
    "a learner that forgets when it is saved": (
        LEARNER.format(restore="pass"),
        ("saved and loaded again it forecasts otherwise",),
    ),
}


def check(path: Path, text: str) -> tuple[int, list[dict[str, object]], str]:
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "tradewind", "plugins", "check", str(path), "--json"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=path.parent,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else [], done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("what", SOUND)
def test_a_sound_file_holds(tmp_path: Path, what: str) -> None:
    code, (found,), said = check(tmp_path / "mine.py", SOUND[what])
    assert found["findings"] == [], said
    assert (code, found["name"]) == (0, "mine")


@pytest.mark.slow
@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_the_contract_is_caught(tmp_path: Path, what: str) -> None:
    text, words = BROKEN[what]
    code, (found,), _ = check(tmp_path / "mine.py", text)
    findings = " | ".join(map(str, found["findings"]))  # type: ignore[call-overload]
    assert code == 1
    for word in words:
        assert word in findings


class Waves(tw.Strategy):
    factors = ("rsi_14",)

    def on_bar(self, bar: tw.Bar, now: tw.Moment) -> float:
        return 0.2 if now.factor("rsi_14") < 50 else 0.0


def test_a_strategy_is_asked_on_markets_on_which_it_trades() -> None:
    first, second, restarted = (probe.ask() for probe in strategy_probes(Waves))
    assert first == restarted
    assert first != second
    assert {name for _, name, *_ in first} == {"S0.MADE", "S1.MADE", "S2.MADE"}
    assert {outcome for _, _, outcome, *_ in first} >= {"trade", "close"}
    assert len(first) > 50


def test_a_file_that_cannot_be_imported_is_named_with_its_line(tmp_path: Path) -> None:
    code, _, said = check(tmp_path / "mine.py", "x = 1\ndef broken(:\n")
    assert code == 2
    assert f"{tmp_path / 'mine.py'}, line 2: SyntaxError: invalid syntax" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("kind", [kind for kind in PROBES if kind not in ("factors", "models", "providers")])
def test_every_plug_in_of_the_package_is_pure(kind: str) -> None:
    """Those of files are held to it by their own contract tests as well; this is the check that users run."""
    found = [examine(kind, name) for name in REGISTRIES[kind].active()]
    assert found
    assert [one for one in found if one.findings] == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [("factors", "rsi_13"), ("factors", "obv"), ("factors", "rank_ret_20"), ("models", "rsi_reversion")],
)
def test_factors_and_models_are_asked_too(kind: str, name: str) -> None:
    assert examine(kind, name).findings == ()
