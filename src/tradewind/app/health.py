"""Is this machine fit to trade on? Each check says ok, warning or error, with the figures behind it."""

import importlib.metadata
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tradewind.alphas.registry import MODELS
from tradewind.alphas.versions import ModelVersions, VersionState
from tradewind.app.config import TradewindConfig
from tradewind.app.home import Home
from tradewind.app.market.opened_store import home_store
from tradewind.core.errors import TradewindError
from tradewind.core.plugins import failures, files
from tradewind.core.timestamps import NS_PER_S, iso
from tradewind.data.registry import PROVIDERS
from tradewind.journal.tail import check_end
from tradewind.validation.ledger import TrialLedger

Progress = Callable[[int, int, str], None]
Figures = dict[str, float | str]

OK, WARNING, ERROR = "ok", "warning", "error"
LEAST_FREE_BYTES = 1_000_000_000
MOST_MEMORY_PCT = 80.0
FULL_MEMORY_PCT = 95.0
CLOCK_SLACK_NS = 5 * NS_PER_S
FIRST_YEAR_NS = 1_735_689_600 * NS_PER_S
"""Start of 2025: no clock that is right can be before it."""


@dataclass(frozen=True)
class Check:
    """One check: its state, what was found in words, and the figures."""

    name: str
    state: str
    text: str
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class HealthReport:
    """All checks; ``state`` is the worst of them."""

    checks: tuple[Check, ...]

    @property
    def state(self) -> str:
        """``ok``, ``warning`` or ``error``."""
        states = {check.state for check in self.checks}
        return next((state for state in (ERROR, WARNING) if state in states), OK)


def check_health(config: TradewindConfig, on_progress: Progress | None = None) -> HealthReport:
    """Run every check on the home folder and the machine; none of them changes anything."""
    home = Home(config.home)
    place = judge_home(home)
    jobs: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("home", lambda: place),
        ("disk", lambda: judge_disk(home.root, _free_bytes(home.root))),
        ("memory", _memory),
        ("clock", lambda: judge_clock(time.time_ns(), newest_change(home.root))),
        ("store", lambda: _store(config)),
        ("journal", lambda: _journal(home)),
        ("trial ledger", lambda: _ledger(home)),
        ("models", lambda: _models(home)),
        ("libraries", _libraries),
        ("plug-ins", _plugins),
    )
    if place.state == ERROR:
        jobs = tuple(job for job in jobs if job[0] in ("home", "memory", "libraries", "plug-ins"))
    done = []
    for number, (name, job) in enumerate(jobs, start=1):
        done.append(job())
        if on_progress is not None:
            on_progress(number, len(jobs), name)
    return HealthReport(tuple(done))


def judge_home(home: Home) -> Check:
    """Error where the home is no folder or may not be used, warning where others may look into it."""
    try:
        home.check()
    except TradewindError as error:
        return Check("home", ERROR, str(error), {"folder": str(home.root)})
    figures: Figures = {"folder": str(home.root)}
    if not home.root.exists():
        return Check("home", OK, f"{home.root} is not there yet; the first run makes it.", figures)
    if not os.access(home.root, os.W_OK):
        text = f"{home.root} may not be written to: choose another with --home."
        return Check("home", ERROR, text, figures)
    ours = (home.root, home.store, home.models, home.journals, home.reports)
    opened = [str(path) for path in ours if path.is_dir() and path.stat().st_mode & 0o077]
    if opened and os.name == "posix":
        text = f"Others on this machine may look into {', '.join(opened)}: chmod 700 them."
        return Check("home", WARNING, text, figures | {"open": len(opened)})
    return Check("home", OK, f"{home.root} is its owner's alone.", figures)


def judge_disk(folder: Path, free_bytes: int) -> Check:
    """Error below 1 GB free, warning below 2 GB."""
    state = OK
    if free_bytes < 2 * LEAST_FREE_BYTES:
        state = WARNING if free_bytes >= LEAST_FREE_BYTES else ERROR
    text = f"{free_bytes / 1e9:,.1f} GB free for {folder}, {LEAST_FREE_BYTES / 1e9:.0f} GB are needed."
    return Check("disk", state, text, {"free_bytes": free_bytes, "needed_bytes": LEAST_FREE_BYTES})


def judge_memory(used_pct: float, total_bytes: int) -> Check:
    """Warning from 80 % in use, error from 95 %."""
    state = OK
    if used_pct >= MOST_MEMORY_PCT:
        state = WARNING if used_pct < FULL_MEMORY_PCT else ERROR
    text = f"{used_pct:.0f} % of {total_bytes / 1e9:,.1f} GB in use, {MOST_MEMORY_PCT:.0f} % is the bound."
    return Check("memory", state, text, {"used_pct": used_pct, "total_bytes": total_bytes})


def judge_clock(now_ns: int, newest_ns: int) -> Check:
    """Error when the clock stands before this program was made, or before a file that it has written."""
    now, newest = (iso(ts // NS_PER_S * NS_PER_S) for ts in (now_ns, newest_ns))
    figures: Figures = {"now": now, "newest_file": newest if newest_ns else ""}
    if now_ns < FIRST_YEAR_NS:
        return Check("clock", ERROR, f"The clock says {now}, which is past: set it.", figures)
    if newest_ns > now_ns + CLOCK_SLACK_NS:
        text = f"The clock says {now}, but a file was written at {newest}: it was set back."
        return Check("clock", ERROR, text, figures)
    return Check("clock", OK, f"It is {now}, and no file is younger.", figures)


def newest_change(folder: Path) -> int:
    """When the newest file under ``folder`` was written, UTC ns; 0 when there is none."""
    newest = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                newest = max(newest, os.lstat(os.path.join(place, name)).st_mtime_ns)
            except FileNotFoundError:
                continue  # A writer has just replaced it.
    return newest


def _free_bytes(folder: Path) -> int:
    """Room on the disk of the folder, or of where it would be made."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def _memory() -> Check:
    import psutil

    seen: Any = psutil.virtual_memory()
    return judge_memory(float(seen.percent), int(seen.total))


def _store(config: TradewindConfig) -> Check:
    tables = home_store(config)
    count, damaged = 0, list[str]()
    try:
        for name in tables.names():
            count += len(tables.partitions(name))
            damaged += tables.damaged(name)
    except TradewindError as error:
        return Check("store", ERROR, str(error))
    figures: Figures = {"files": count, "damaged": len(damaged)}
    if damaged:
        text = (
            f"{len(damaged)} of {count} partitions are damaged, first {damaged[0]}: "
            "take it away, then load again."
        )
        return Check("store", ERROR, text, figures)
    return Check("store", OK, f"All {count} partitions are what was written.", figures)


def _journal(home: Home) -> Check:
    if not home.journals_begun():
        return Check("journal", OK, "There is no journal yet.", {"records": 0})
    path = home.newest_journal()
    try:
        end = check_end(path)
    except TradewindError as error:
        return Check("journal", ERROR, str(error))
    text = (
        f"{path.name} holds the {end.records:,} records that its mark says, and the last {end.checked:,} "
        "follow from each other; `tradewind audit verify` checks all."
    )
    figures: Figures = {"records": end.records, "checked": end.checked, "root_hash": end.root_hash}
    return Check("journal", OK, text, figures)


def _ledger(home: Home) -> Check:
    try:
        trials = TrialLedger(home.ledger).trials()
    except TradewindError as error:
        return Check("trial ledger", ERROR, str(error))
    return Check("trial ledger", OK, f"{len(trials)} tries are on record.", {"trials": len(trials)})


def _models(home: Home) -> Check:
    """Load what would be used of each model: its champion, else the newest version that is not retired."""
    kept = ModelVersions(home.models)
    loaded, broken = 0, list[str]()
    for name, version in _in_use(kept):
        try:
            kept.load(name, version)
            loaded += 1
        except TradewindError as error:
            broken.append(str(error))
    figures: Figures = {"loaded": loaded, "broken": len(broken)}
    if broken:
        return Check("models", ERROR, f"{len(broken)} do not load. {broken[0]}", figures)
    return Check("models", OK, f"{loaded} load." if loaded else "None is trained yet.", figures)


def _in_use(kept: ModelVersions) -> Iterator[tuple[str, str]]:
    for name in kept.models():
        alive = [v for v, state in kept.states(name).items() if state is not VersionState.RETIRED]
        chosen = kept.champion(name) or (alive[-1] if alive else None)
        if chosen is not None:
            yield name, chosen


def _libraries() -> Check:
    """Error for a library that the core needs, warning for one that some plug-in needs."""
    needed = _required("tradewind")
    absent = [name for name in needed if not _installed(name)]
    figures: Figures = {"needed": len(needed), "absent": len(absent)}
    if absent:
        text = f"{', '.join(absent)} is not installed: run pip install tradewind again."
        return Check("libraries", ERROR, text, figures)
    lacking = [
        f"{registry.kind} {entry.name} needs {', '.join(entry.missing())}"
        for registry in (MODELS, PROVIDERS)
        for entry in registry.entries()
        if entry.missing()
    ]
    figures["optional_missing"] = len(lacking)
    if lacking:
        return Check("libraries", WARNING, f"Not available: {'; '.join(lacking)}.", figures)
    return Check("libraries", OK, f"All {len(needed)} are installed.", figures)


def _plugins() -> Check:
    """Warning for a file from outside that cannot be imported: all others work without it."""
    broken, good = failures(), files()
    figures: Figures = {"files": len(good), "broken": len(broken)}
    if broken:
        text = f"{len(broken)} cannot be imported and are left out: {'; '.join(map(str, broken))}."
        return Check("plug-ins", WARNING, text, figures)
    text = f"All {len(good)} from outside are imported." if good else "None comes from outside."
    return Check("plug-ins", OK, text, figures)


def _required(package: str) -> list[str]:
    """Names of what the package needs without any extra."""
    lines = importlib.metadata.requires(package) or []
    return [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line]


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
