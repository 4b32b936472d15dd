"""The trial ledger: an append-only record of everything that was ever tried, for deflating what was chosen.

The best of many tries looks good by luck alone, so the gate must know how many there were. Each walk-forward
writes a *started* line before its first fit, and each evaluation a *judged* line with its net returns; what
started and was never judged still counts as a try. A run that is exactly repeated (same model, data, plan and
seed) is the same trial and counts once.

One JSON object a line. Each line carries the SHA-256 of the line before, so a line that was altered, or
removed from before the last, is found when the file is read; :meth:`TrialLedger.head` is for keeping
elsewhere what the last one was. Appends are locked against other processes and flushed to disk.
"""

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from tradewind.core.errors import CorruptFileError, StoreError
from tradewind.core.panel import Floats, Ints, Samples

_GENESIS = "0" * 64


@dataclass(frozen=True)
class Trial:
    """One try: its name and, once judged, its net return by period (both arrays (D,), else empty)."""

    trial_id: str
    name: str
    ts_event: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    net: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def judged(self) -> bool:
        """Whether its returns are known."""
        return len(self.net) > 0


class TrialLedger:
    """Trials in the file ``path``, or, where that is None, in this object alone (for generated markets)."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._memory: list[str] = []
        self.trials()

    def start(self, trial_id: str, name: str, facts: Mapping[str, object]) -> None:
        """Record that a try begins; ``facts`` (plan, seed, data) must be plain JSON values."""
        self._append({"kind": "started", "trial_id": trial_id, "name": name, "facts": dict(facts)})

    def judge(self, trial: Trial) -> None:
        """Record what a try earned; judging it again (new data, other costs) replaces its returns."""
        if not np.isfinite(trial.net).all() or len(trial.net) != len(trial.ts_event):
            message = f"The returns of trial {trial.name!r} are not finite or not aligned with their times."
            raise StoreError(message, "Give one finite return for each time.")
        self._append(
            {
                "kind": "judged",
                "trial_id": trial.trial_id,
                "name": trial.name,
                "ts_event": _packed(np.diff(trial.ts_event, prepend=0)),
                "net": _packed(trial.net),
            }
        )

    def record_verdict(
        self, trial_id: str, name: str, last_ns: int, verdict: str, reasons: Sequence[str]
    ) -> None:
        """Record what the gate said of a try whose out-of-sample data end at ``last_ns``."""
        body = {"kind": "verdict", "trial_id": trial_id, "name": name, "last_ns": last_ns}
        self._append({**body, "verdict": verdict, "reasons": list(reasons)})

    def newest_verdicts(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """By model name, the gate's last word on it and its reasons."""
        return {
            line["name"]: (line["verdict"], tuple(line["reasons"]))
            for line in self._bodies()
            if line["kind"] == "verdict"
        }

    def round_of(self, last_ns: int) -> int:
        """Which round of the gate it is for data that end at ``last_ns``: 1 plus the rounds on older data."""
        ends = {line["last_ns"] for line in self._bodies() if line["kind"] == "verdict"}
        return 1 + sum(1 for end in ends if end < last_ns)

    def trials(self) -> tuple[Trial, ...]:
        """All trials in the order in which they began, each once.

        Raises
        ------
        CorruptFileError
            A line does not follow from the one before it.
        """
        found: dict[str, Trial] = {}
        for line in self._bodies():
            trial_id, name = line["trial_id"], line["name"]
            if line["kind"] == "verdict":
                continue
            if line["kind"] == "judged":
                ts = np.cumsum(np.frombuffer(_unpacked(line["ts_event"]), "<i8"))
                net = np.frombuffer(_unpacked(line["net"]), "<f8")
                found[trial_id] = Trial(trial_id, name, ts, net)
            else:
                found.setdefault(trial_id, Trial(trial_id, name))
        return tuple(found.values())

    def head(self) -> str:
        """SHA-256 of the newest line, in hex; zeros while there is none."""
        lines = self._lines()
        return hashlib.sha256(lines[-1].encode()).hexdigest() if lines else _GENESIS

    def __contains__(self, trial_id: str) -> bool:
        return any(trial.trial_id == trial_id for trial in self.trials())

    def _bodies(self) -> list[dict[str, Any]]:
        return _checked(self._lines(), self.path)

    def _lines(self) -> list[str]:
        if self.path is None:
            return list(self._memory)
        if not self.path.exists():
            return []
        return self.path.read_text(encoding="utf-8").splitlines()

    def _append(self, body: dict[str, object]) -> None:
        about = (body["kind"], body["trial_id"])
        last = [line for line in self._bodies() if (line["kind"], line["trial_id"]) == about][-1:]
        if last and body.items() <= last[0].items():
            return  # said already
        if self.path is None:
            self._memory.append(_line(body, self._memory[-1] if self._memory else ""))
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Beside the ledger: a file that is locked cannot be read everywhere.
            with FileLock(self.path.with_name(self.path.name + ".lock")), self.path.open("a+b") as file:
                file.seek(0)
                whole = file.read()
                torn = len(whole) - (whole.rfind(b"\n") + 1)
                if torn:
                    # A crash in the middle of an append leaves half a line, which never was a record.
                    file.truncate(len(whole) - torn)
                    whole = whole[:-torn]
                previous = whole.splitlines()[-1].decode() if whole else ""
                file.write((_line(body, previous) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            message = f"The trial ledger {self.path} could not be written: {error}"
            raise StoreError(message, "Free some space or fix its permissions, then run again.") from error


def trial_identity(name: str, samples: Samples, facts: Mapping[str, object]) -> str:
    """Identity of a try: the same model, data, plan and seed give the same 16 hex digits.

    The data enter by their times, labels, factor names and a sample of the factor cube.
    """
    digest = hashlib.sha256(json.dumps([name, dict(facts)], sort_keys=True, default=str).encode())
    for values in (samples.ts_event, samples.i, samples.label_return):
        digest.update(np.ascontiguousarray(values).tobytes())
    digest.update("\0".join((*samples.names, *samples.instrument_ids)).encode())
    stride = max(1, len(samples.cube) // 64)
    digest.update(np.ascontiguousarray(samples.cube[::stride]).tobytes())
    return digest.hexdigest()[:16]


def _line(body: dict[str, object], previous: str) -> str:
    link = hashlib.sha256(previous.encode()).hexdigest() if previous else _GENESIS
    return json.dumps({"previous": link, **body}, sort_keys=True, allow_nan=False)


def _packed(values: Floats | Ints) -> str:
    """Little-endian 8-byte values, deflated, in base64: exact, and a third of the digits' length."""
    return base64.b64encode(zlib.compress(values.astype(values.dtype.newbyteorder("<")).tobytes())).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def _checked(lines: list[str], path: Path | None) -> list[dict[str, Any]]:
    bodies = []
    link = _GENESIS
    for number, line in enumerate(lines, start=1):
        try:
            body = json.loads(line)
        except json.JSONDecodeError as error:
            if number == len(lines):
                break  # half a line from a crash; the next append removes it
            message = f"Line {number} of the trial ledger {path} is not JSON."
            raise CorruptFileError(message, "Restore the ledger from a backup.") from error
        if body.get("previous") != link:
            message = f"Line {number} of the trial ledger {path} does not follow from the line before."
            raise CorruptFileError(message, "A line was removed or altered: restore it from a backup.")
        link = hashlib.sha256(line.encode()).hexdigest()
        bodies.append(body)
    return bodies
