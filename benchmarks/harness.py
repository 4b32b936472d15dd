"""The driver: contestants take turns on the same work, and what comes of it is a list of results."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.progress import say
from benchmarks.shown import shown

MICROSECONDS = "us/row"
_LESS_IS_BETTER = (MICROSECONDS,)
UNSTEADY = 0.25
"""Spread of a contestant's rounds, as a fraction of their median, above which the note gives their range."""


class PeerError(Exception):
    """A peer could not be installed or did not run; the message says why, and the report repeats it."""


@dataclass(frozen=True)
class Turn:
    """What one round of one contestant gave: its figure, and facts that must agree between contestants."""

    figure: float
    facts: Mapping[str, float] = field(default_factory=dict)


Contestant = Callable[[], Turn]
"""Does the work once and says how fast; a peer's raises PeerError where it cannot run."""


@dataclass(frozen=True)
class Standing:
    """A contestant after all rounds: the median figure, the facts of the last round, or why there is none."""

    figure: float | None
    facts: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""
    low: float = 0.0
    high: float = 0.0

    @property
    def unsteady(self) -> bool:
        """Rounds lie further apart than UNSTEADY allows without saying so."""
        return self.figure is not None and self.high - self.low > UNSTEADY * self.figure


@dataclass(frozen=True)
class Result:
    """One comparison. ``ratio`` above 1 means that ours is better; None where the peer gave no figure."""

    job: str
    ours: float
    unit: str
    peer: str
    peer_figure: float | None
    note: str = ""
    comparable: bool = True

    @property
    def ratio(self) -> float | None:
        """How many times better ours is."""
        if self.peer_figure is None or not self.comparable:
            return None
        if self.unit in _LESS_IS_BETTER:
            return self.peer_figure / self.ours
        return self.ours / self.peer_figure


@dataclass(frozen=True)
class Job:
    """Ours, perhaps in several settings, against peers. All take turns within each round."""

    name: str
    unit: str
    ours: Mapping[str, Contestant]
    peers: Mapping[str, Contestant]
    agree_on: str = ""
    """A fact that both must share, such as the number of orders."""
    tolerance: float = 0.0
    """How far apart, as a fraction of ours, that fact may be; further apart there is no ratio."""
    note: str = ""


def run_job(job: Job, rounds: int) -> list[Result]:
    """Let all contestants take turns and compare every setting of ours with every peer."""
    standings = take_turns({**job.ours, **job.peers}, rounds, job.name)
    return [
        _result(job, label, standings[label], peer, standings[peer])
        for label in job.ours
        for peer in job.peers
    ]


def take_turns(contestants: Mapping[str, Contestant], rounds: int, name: str = "") -> dict[str, Standing]:
    """Run each contestant ``rounds`` times, in turn, every second round in reverse order.

    A contestant that raises PeerError is out, with the reason; any other error is a fault and goes up.
    """
    turns: dict[str, list[Turn]] = {label: [] for label in contestants}
    problems: dict[str, str] = {}
    for r in range(rounds):
        for label in list(contestants)[:: -1 if r % 2 else 1]:
            if label in problems:
                continue
            say(f"{name}: round {r + 1} of {rounds}, {label or 'ours'}")
            gc.collect()
            try:
                turns[label].append(contestants[label]())
            except PeerError as error:
                problems[label] = str(error)
    return {label: _standing(turns[label], problems.get(label, "")) for label in contestants}


def per_second(function: Callable[[], object], work: int) -> Contestant:
    """A contestant whose figure is ``work`` done a second.

    Its first turn runs once untimed: compiled code is loaded, and the system has handed out the memory.
    """
    warm = False

    def turn() -> Turn:
        nonlocal warm
        if not warm:
            function()
            gc.collect()
            warm = True
        start = time.perf_counter()
        function()
        return Turn(work / (time.perf_counter() - start))

    return turn


def per_call(function: Callable[[], object], calls: int) -> Contestant:
    """A contestant whose figure is the microseconds of one call, the median of ten groups of calls."""

    def turn() -> Turn:
        function()
        spans = []
        for _ in range(10):
            start = time.perf_counter()
            for _ in range(max(1, calls // 10)):
                function()
            spans.append((time.perf_counter() - start) / max(1, calls // 10))
        return Turn(statistics.median(spans) * 1e6)

    return turn


def _standing(turns: list[Turn], problem: str) -> Standing:
    if problem or not turns:
        return Standing(None, problem=problem or "it took no turn")
    figures = [turn.figure for turn in turns]
    return Standing(statistics.median(figures), turns[-1].facts, "", min(figures), max(figures))


def _result(job: Job, label: str, ours: Standing, peer: str, theirs: Standing) -> Result:
    if ours.figure is None:
        message = f"{label} gave no figure: {ours.problem}."
        raise PeerError(message)
    notes = [job.note] if job.note else []
    comparable = True
    if theirs.figure is None:
        notes.append(f"not measured: {theirs.problem}")
    elif job.agree_on:
        comparable, agreement = _agreement(job, ours, theirs)
        notes.append(agreement)
    for who, standing in (("ours", ours), ("peer", theirs)):
        if standing.unsteady:
            notes.append(f"{who} {shown(standing.low)} to {shown(standing.high)} over the rounds")
    name = f"{job.name}, {label}" if label else job.name
    return Result(name, ours.figure, job.unit, peer, theirs.figure, "; ".join(notes), comparable)


def _agreement(job: Job, ours: Standing, theirs: Standing) -> tuple[bool, str]:
    mine, other = ours.facts[job.agree_on], theirs.facts[job.agree_on]
    comparable = abs(other - mine) <= job.tolerance * abs(mine)
    said = f"{job.agree_on}: ours {mine:,.0f}, peer {other:,.0f}"
    return comparable, said if comparable else f"NOT COMPARABLE, {said}"
