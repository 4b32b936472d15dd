"""A plug-in file held to the contract of what it enters: pure, the same after a restart, and of its kind.

Each plug-in is asked the same questions in order, again, backwards, and in a fresh process that hears them
backwards at once. A plug-in that remembers anything gives itself away by its answers, by what its module
holds afterwards, or by the line at which its source changes it, be it on a day that no question is about.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from tradewind.app.plugin_check.algorithm_trials import algorithm_probes
from tradewind.app.plugin_check.calendar_trials import calendar_probes
from tradewind.app.plugin_check.data_trials import (
    factor_claims,
    factor_probes,
    model_probes,
    provider_probes,
    quality_probes,
)
from tradewind.app.plugin_check.decision_trials import blend_probes, filter_probes, profile_probes
from tradewind.app.plugin_check.probe import Probe
from tradewind.app.plugin_check.risk_trials import breaker_probes, rule_probes
from tradewind.app.plugin_check.series_trials import series_probes
from tradewind.app.plugin_check.strategy_trials import strategies_of, strategy_probes
from tradewind.app.plugin_check.stream_trials import stream_probes
from tradewind.app.plugin_check.text_trials import text_probes
from tradewind.app.plugin_check.universe_trials import universe_probes
from tradewind.app.session.active import REGISTRIES
from tradewind.app.session.module_memory import DEFAULT, module_changes
from tradewind.core.plugins import file_of, load_file
from tradewind.core.remembered import remembered, words

PROBES: Mapping[str, Callable[[str], list[Probe]]] = {
    "factors": factor_probes,
    "models": model_probes,
    "providers": provider_probes,
    "streams": stream_probes,
    "series": series_probes,
    "texts": text_probes,
    "calendars": calendar_probes,
    "quality_rules": quality_probes,
    "rules": rule_probes,
    "breakers": breaker_probes,
    "blends": blend_probes,
    "filters": filter_probes,
    "universe_filters": universe_probes,
    "profiles": profile_probes,
    "algorithms": algorithm_probes,
}
STRATEGIES = "strategies"
MOST_SECONDS = 300
_FRESH = (
    "import sys, json; from pathlib import Path; from tradewind.app.plugin_check.checking import answers_of;"
    "from tradewind.core.plugins import use_folders;"
    "given = json.loads(sys.argv[1]); use_folders(map(Path, given['folders']));"
    "print(json.dumps(answers_of(Path(given['file']), backwards=True)))"
)


@dataclass(frozen=True)
class Examined:
    """One plug-in of a file, and what of its contract does not hold."""

    kind: str
    name: str
    findings: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    kind: str
    name: str
    module: str
    probes: Callable[[], list[Probe]]


def check_file(path: Path, folders: Sequence[Path] = ()) -> list[Examined]:
    """Everything that a file enters, each held to its contract; ``folders`` are those that it may build on.

    Strategies of one's own are asked like plug-ins, with the defaults of their parameters.

    Raises
    ------
    RegistryError
        The file is not there, or cannot be imported.
    ConfigError
        A strategy in it cannot be made.
    """
    examined = [_examined(one) for one in _asked(path)]
    written = tuple(
        f"line {line}: {name} is changed: a plug-in remembers nothing"
        for line, name in module_changes(path, path.read_bytes())
        if name != DEFAULT  # one that is changed shows by what it holds
    )
    examined = [replace(one, findings=(*one.findings, *written)) for one in examined]
    here, there = answers_of(path), _in_a_fresh_process(path, folders)
    return [_with_restart(one, here, there) for one in examined]


def entered(module: str) -> list[tuple[str, str]]:
    """Kind and name of all that a module has entered."""
    found = ((kind, entry) for kind, registry in REGISTRIES.items() for entry in registry.entries())
    inside = f"{module}."
    return [(kind, e.name) for kind, e in found if f"{e.module}.".startswith(inside) and kind in PROBES]


def examine(kind: str, name: str) -> Examined:
    """One plug-in on made-up inputs, in this process."""
    return _examined(_Asked(kind, name, REGISTRIES[kind].entry(name).module, partial(PROBES[kind], name)))


def _asked(path: Path) -> list["_Asked"]:
    """All that a file enters, and the strategies that it defines."""
    module = load_file(path).module
    found = [
        _Asked(kind, name, REGISTRIES[kind].entry(name).module, partial(PROBES[kind], name))
        for kind, name in entered(module)
    ]
    own = strategies_of(module)
    return found + [_Asked(STRATEGIES, one.__name__, module, partial(strategy_probes, one)) for one in own]


def _examined(one: "_Asked") -> Examined:
    probes = one.probes()
    before = remembered(one.module)
    first, findings = _round(probes)
    second, _ = _round(probes)
    third, _ = _round(list(reversed(probes)))
    for label, said in first.items():
        if said != second[label]:
            findings.append(f"asked the same twice it answers otherwise ({label})")
        elif said != third[label]:
            findings.append(f"asked in another order it answers otherwise ({label})")
    after = remembered(one.module)
    changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    findings += [f"{key} has changed between calls: a plug-in remembers nothing" for key in changed]
    if one.kind == "factors" and not findings:
        findings += factor_claims(one.name)
    return Examined(one.kind, one.name, tuple(dict.fromkeys(findings)))


def answers_of(path: Path, *, backwards: bool = False) -> dict[str, dict[str, str]]:
    """By plug-in, the hash of each answer: what a fresh process says, to be held against this one."""
    said: dict[str, dict[str, str]] = {}
    asked = _asked(path)
    for one in reversed(asked) if backwards else asked:
        probes = one.probes()
        said[f"{one.kind}/{one.name}"] = _round(probes[::-1] if backwards else probes)[0]
    return said


def _round(probes: Sequence[Probe]) -> tuple[dict[str, str], list[str]]:
    """The hash of each answer by question, and what is wrong with some."""
    answers: dict[str, str] = {}
    findings: list[str] = []
    for probe in probes:
        try:
            answer: Any = probe.ask()
            wrong = probe.judge(answer)
        except Exception as error:  # noqa: BLE001 - whatever somebody's code raises is what is told
            answer, wrong = repr(error), f"it raises {type(error).__name__}: {error}"
        if wrong:
            findings.append(f"{wrong} ({probe.label})")
        answers[probe.label] = sha256(words(answer).encode()).hexdigest()
    return answers, findings[:3]


def _in_a_fresh_process(path: Path, folders: Sequence[Path]) -> dict[str, dict[str, str]]:
    given = json.dumps({"file": str(path), "folders": [str(folder) for folder in folders]})
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-c", _FRESH, given],
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    try:
        answers: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {}
    return answers


def _with_restart(
    one: Examined, here: Mapping[str, Mapping[str, str]], there: Mapping[str, Mapping[str, str]]
) -> Examined:
    key = f"{one.kind}/{one.name}"
    if key not in there:
        return Examined(one.kind, one.name, (*one.findings, "a fresh process cannot ask it"))
    other = [label for label, said in here[key].items() if there[key].get(label) != said]
    found = (f"a fresh process gives another answer ({other[0]})",) if other else ()
    return Examined(one.kind, one.name, (*one.findings, *found))


def place_of(kind: str, name: str) -> str:
    """The file that a plug-in from outside is written in; empty for one of the package."""
    entry = REGISTRIES[kind].entry(name)
    return file_of(entry.module).path if entry.outside else ""
