"""What was found and what a person chose of it, kept beside the bars.

Cases are as the last load of their time found them. Choices are only ever added to: each has its time, who
made it, what it was about and the values before and after, and the newest of a case holds. Stored bars are
never changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tradewind.data.cases import Case
from tradewind.data.edits import Edit
from tradewind.store.tables import Tables

if TYPE_CHECKING:
    import pyarrow as pa

CASES, CHOICES = "quality_cases", "quality_choices"
ACCEPTED, REJECTED, WITHDRAWN = "accepted", "rejected", "withdrawn"


@dataclass(frozen=True)
class Choice:
    """One choice of one person.

    ``accepted`` makes the case's repair when bars are read, ``rejected`` says that the finding is none and no
    longer counts in the score, ``withdrawn`` leaves the case open again.
    """

    chosen_ns: int
    choice: str
    by: str
    case: Case
    note: str = ""


def save_cases(tables: Tables, key: Sequence[str], cases: Sequence[Case], span: tuple[int, int]) -> None:
    """Replace the cases of a series in the span of its last load; those before and after it stay.

    ``key`` is instrument, timeframe, source; the span is ``start_ns <= ts < end_ns``.
    """
    import pyarrow as pa

    before = read_cases(tables, key)
    told = {case.id for case in cases}
    stay = [c for c in before if c.id not in told and (c.last_ns < span[0] or c.first_ns >= span[1])]
    known = sorted([*stay, *cases], key=lambda case: case.first_ns)
    if known == before:
        return
    if not known:
        tables.drop(CASES, _partition(key))
        return
    columns = _columns(known)
    columns["nth"] = pa.array(range(len(known)), pa.int64())
    tables.upsert(CASES, _partition(key), pa.table(columns), ["nth"], replace=True)


def read_cases(tables: Tables, key: Sequence[str]) -> list[Case]:
    """The cases of a series as its last loads found them, by time."""
    partition = _partition(key)
    rows = tables.read(CASES, partition).to_pylist() if tables.has(CASES, partition) else []
    return [_case(row) for row in rows]


def save_choice(tables: Tables, key: Sequence[str], choice: Choice) -> None:
    """Add a choice; those made before stay as they are."""
    import pyarrow as pa

    columns = _columns([choice.case])
    columns["chosen_ns"] = pa.array([choice.chosen_ns], pa.int64())
    for name in ("choice", "by", "note"):
        columns[name] = pa.array([getattr(choice, name)], pa.string())
    tables.upsert(CHOICES, _partition(key), pa.table(columns), ["chosen_ns", "id", "choice"])


def read_choices(tables: Tables, key: Sequence[str]) -> list[Choice]:
    """Every choice that was ever made of a series, oldest first."""
    partition = _partition(key)
    rows = tables.read(CHOICES, partition).to_pylist() if tables.has(CHOICES, partition) else []
    return [Choice(row["chosen_ns"], row["choice"], row["by"], _case(row), row["note"]) for row in rows]


def in_force(choices: Sequence[Choice]) -> dict[str, Choice]:
    """The newest choice of each case, by its id, without those that were withdrawn."""
    newest = {choice.case.id: choice for choice in sorted(choices, key=lambda one: one.chosen_ns)}
    return {name: choice for name, choice in newest.items() if choice.choice != WITHDRAWN}


def accepted_edits(choices: Sequence[Choice]) -> tuple[Edit, ...]:
    """The repairs in force, in the order of their bars."""
    held = [one.case for one in in_force(choices).values() if one.choice == ACCEPTED]
    return tuple(case.edit for case in sorted(held, key=lambda case: case.first_ns) if case.edit is not None)


def dismissed(choices: Sequence[Choice]) -> tuple[tuple[str, int, int], ...]:
    """Rule, first and last time of what was rejected: findings in there are none."""
    held = [one.case for one in in_force(choices).values() if one.choice == REJECTED]
    return tuple((case.rule, case.first_ns, case.last_ns) for case in held)


def _columns(cases: Sequence[Case]) -> "dict[str, pa.Array]":
    import pyarrow as pa

    kinds = {"first_ns": pa.int64(), "last_ns": pa.int64(), "rows": pa.int64()}
    columns = {
        name: pa.array([getattr(case, name) for case in cases], kinds.get(name, pa.string()))
        for name in ("id", "rule", "severity", "first_ns", "last_ns", "rows", "what")
    }
    edits = [case.edit for case in cases]
    packed = ["" if edit is None else msgspec.json.encode(edit).decode() for edit in edits]
    for name in ("old", "new"):
        columns[name] = pa.array([None if e is None else getattr(e, name) for e in edits], pa.float64())
    columns["edit"] = pa.array(packed, pa.string())
    return columns


def _case(row: dict[str, object]) -> Case:
    kept = {name: row[name] for name in ("id", "rule", "severity", "first_ns", "last_ns", "rows", "what")}
    edit = None
    if row["edit"]:
        told = msgspec.json.decode(str(row["edit"]))
        values = {name: float("nan") if row[name] is None else row[name] for name in ("old", "new")}
        edit = msgspec.convert(told | values, Edit)
    return msgspec.convert(kept | {"edit": edit}, Case)


def _partition(key: Sequence[str]) -> dict[str, str]:
    return dict(zip(("instrument_id", "timeframe", "source"), key, strict=True))
