"""What is wrong with a stored series, and what a person decides of it."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass

from tradewind.app.market.workspace import Workspace
from tradewind.core.clock import Clock, WallClock
from tradewind.core.errors import ConfigError, StoreError
from tradewind.core.market import Timeframe
from tradewind.data.cases import Case
from tradewind.data.choices import (
    ACCEPTED,
    CASES,
    CHOICES,
    REJECTED,
    WITHDRAWN,
    Choice,
    in_force,
    read_cases,
    read_choices,
    save_choice,
)
from tradewind.data.edits import ACTION, DROP_BEFORE, Edit
from tradewind.store.bars import TABLE as BARS
from tradewind.store.bars import load_bars

OPEN = "open"


@dataclass(frozen=True)
class SeriesCases:
    """A stored series with its cases, oldest first, and every choice ever made, oldest first."""

    instrument_id: str
    timeframe: str
    source: str
    cases: tuple[Case, ...]
    choices: tuple[Choice, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What the store keeps it under."""
        return self.instrument_id, self.timeframe, self.source

    def state(self, case: Case) -> str:
        """``open``, ``accepted`` or ``rejected``."""
        held = in_force(self.choices).get(case.id)
        return OPEN if held is None else held.choice

    def named(self, name: str) -> Case:
        """The case of that id, or of its beginning where that is enough.

        Raises
        ------
        ConfigError
            There is none, or several begin so.
        """
        # A case that was decided stays known when the data no longer has it.
        known = {one.case.id: one.case for one in self.choices} | {case.id: case for case in self.cases}
        found = [case for key, case in known.items() if name and key.startswith(name)]
        if len(found) != 1:
            message = f"{len(found) or 'No'} cases of {self.instrument_id} have the id {name!r}."
            raise ConfigError(message, f"List them with: tradewind data repair {self.instrument_id}.")
        return found[0]


def series_cases(
    workspace: Workspace, symbol: str, timeframe: str = "1d", source: str | None = None
) -> SeriesCases:
    """The cases of what is stored of a symbol.

    Raises
    ------
    StoreError
        Nothing of it is stored, or several sources are and ``source`` does not choose.
    """
    name = next(iter(workspace.instruments.named([symbol])))
    tables, frame = workspace.tables, Timeframe(timeframe).value
    where = {"instrument_id": name, "timeframe": frame}
    found = {part["source"] for table in (BARS, CASES, CHOICES) for part in tables.partitions(table, where)}
    chosen = sorted(found if source is None else found & {source})
    if len(chosen) != 1:
        message = f"{frame} bars of {name} are stored of {', '.join(sorted(found)) or 'no source'}."
        raise StoreError(message, "Load some, or name one of them with --source.")
    key = (name, frame, chosen[0])
    return SeriesCases(*key, tuple(read_cases(tables, key)), tuple(read_choices(tables, key)))


def choose(
    workspace: Workspace,
    series: SeriesCases,
    choice: str,
    names: Sequence[str],
    *,
    by: str = "",
    note: str = "",
    clock: Clock | None = None,
) -> list[Choice]:
    """Record a choice of each case; what was chosen before stays on record.

    Raises
    ------
    ConfigError
        An id is unknown, or a case without a repair is accepted, or one that is open is withdrawn. Nothing
        is recorded then.
    """
    cases = [series.named(name) for name in names]
    for case in cases:
        if choice == ACCEPTED and case.edit is None:
            message = f"Case {case.id} ({case.rule}) has no repair that could be accepted."
            raise ConfigError(message, "Reject it if it is none, or load the series from another provider.")
        if choice == WITHDRAWN and series.state(case) == OPEN:
            message = f"Nothing is chosen of case {case.id} ({case.rule})."
            raise ConfigError(message, "Withdraw what was accepted or rejected.")
    now_ns = (clock or WallClock()).now_ns()
    made = []
    for case in dict.fromkeys(cases):
        made.append(Choice(now_ns, choice, by or getpass.getuser(), case, note))
        save_choice(workspace.tables, series.key, made[-1])
    return made


def repair_words(edit: Edit | None) -> str:
    """What a repair would do, in words."""
    if edit is None:
        return "none"
    if edit.kind == DROP_BEFORE:
        return "leave out all bars before"
    if edit.kind == ACTION:
        return _action_words(edit)
    prices = "all prices" if len(edit.columns) == 4 else ", ".join(edit.columns)
    volume = "" if edit.volume_times == 1.0 else f", volume times {edit.volume_times:.6g}"
    return f"{prices} times {edit.price_times:.6g}{volume}: close {edit.old:.6g} to {edit.new:.6g}"


def values_before_after(
    workspace: Workspace, series: SeriesCases, case: Case, most: int = 5
) -> list[dict[str, object]]:
    """The first bars of a case as they are stored and as the repair makes them; empty for other repairs."""
    from tradewind.core.timestamps import iso
    from tradewind.data.edits import SCALE, edit_bars

    if case.edit is None or case.edit.kind != SCALE:
        return []
    name, frame, source = series.key
    bars = load_bars(workspace.tables, name, frame, case.first_ns, case.last_ns + 1, source=source)
    changed = edit_bars(bars, [case.edit])
    return [
        {"time": iso(int(bars.ts_event[row]))}
        | {
            f"{column}_{when}": float(getattr(side, column)[row])
            for column in ("open", "high", "low", "close", "volume")
            for when, side in (("old", bars), ("new", changed))
        }
        for row in range(min(most, len(bars)))
    ]


def _action_words(edit: Edit) -> str:
    kind = edit.action_kind or edit.new_kind
    noun = "split" if kind == "split" else "dividend"
    if not edit.new_kind:
        return f"leave out the {noun} of {edit.old:.6g}"
    if not edit.action_kind:
        return f"add a split of {edit.new:.6g} for one"
    if edit.first_ns != edit.last_ns and edit.old == edit.new:
        return f"move the {noun} of {edit.old:.6g}"
    return f"{noun} {edit.old:.6g} to {edit.new:.6g}"


__all__ = [
    "ACCEPTED",
    "OPEN",
    "REJECTED",
    "WITHDRAWN",
    "Case",
    "Choice",
    "SeriesCases",
    "choose",
    "repair_words",
    "series_cases",
    "values_before_after",
]
