"""Findings as cases that a person decides: which rows, what is wrong, and which repair there is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradewind.data.adjustment import DIVIDEND, SPLIT
from tradewind.data.edits import ACTION, DROP_BEFORE, SCALE, Edit
from tradewind.data.quality.finding import Finding, Severity
from tradewind.data.quality.inspection import Inspection
from tradewind.data.raw import PRICES

_NAN = float("nan")


@dataclass(frozen=True)
class Case:
    """Findings of one rule in neighbouring rows. ``edit`` is None where the rule knows no repair.

    ``id`` follows from rule, rows and repair, so the same fault has the same id whenever it is found.
    """

    id: str
    rule: str
    severity: str
    first_ns: int
    last_ns: int
    rows: int
    what: str
    edit: Edit | None = None


def cases_of(seen: Inspection, findings: Sequence[Finding]) -> tuple[Case, ...]:
    """All findings as cases, by time; those that are neighbours and say the same are one."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    cases = [
        _case(seen, run)
        for found in by_rule.values()
        for run in _runs(seen, sorted(found, key=lambda f: f.ts_event))
    ]
    return tuple(sorted(cases, key=lambda case: (case.first_ns, case.rule, case.id)))


def _runs(seen: Inspection, found: list[Finding]) -> list[list[Finding]]:
    places = np.searchsorted(seen.ts_event, [finding.ts_event for finding in found])
    runs = [[found[0]]]
    for n in range(1, len(found)):
        near = int(places[n] - places[n - 1]) <= 1
        alike = found[n].row < 0 or _alike(found[n - 1].value, found[n].value)
        if near and alike:
            runs[-1].append(found[n])
        else:
            runs.append([found[n]])
    return runs


def _alike(one: float, other: float) -> bool:
    return bool(np.isclose(one, other, rtol=1e-6, equal_nan=True))


def _case(seen: Inspection, run: list[Finding]) -> Case:
    first, last = run[0], run[-1]
    edit = _edit_of(seen, first, last)
    words = f"{first.rule}|{first.ts_event}|{last.ts_event}|{edit}"
    worst = min(run, key=lambda finding: list(Severity).index(finding.severity))
    return Case(
        id=hashlib.sha256(words.encode()).hexdigest()[:8],
        rule=first.rule,
        severity=worst.severity.value,
        first_ns=first.ts_event,
        last_ns=last.ts_event,
        rows=len(run),
        what=first.what,
        edit=edit,
    )


def _edit_of(seen: Inspection, first: Finding, last: Finding) -> Edit | None:
    """The repair that follows from the evidence, if one does."""
    if first.rule in ("price_unit", "split_basis"):
        return _rescaled(seen, first, last)
    if first.rule in ("dividend_unit", "dividend_twice", "dividend_day"):
        return _dividend(seen, first)
    if first.rule == "suspected_split":
        return Edit(ACTION, first.ts_event, first.ts_event, _NAN, 1.0 / first.value, new_kind=SPLIT)
    if first.rule == "split_ratio":
        return _other_ratio(seen, first)
    if first.rule == "long_hole" and first.severity is Severity.SEVERE:
        return Edit(DROP_BEFORE, first.ts_event, first.ts_event, _NAN, _NAN)
    return None


def _rescaled(seen: Inspection, first: Finding, last: Finding) -> Edit:
    ratio = first.value
    # The words of the rule begin with the prices that are off, where not all of a bar are.
    columns = PRICES if first.rule == "split_basis" else tuple(first.what.partition(":")[0].split(", "))
    old = float(seen.raw.close[first.row])
    return Edit(
        SCALE,
        first.ts_event,
        last.ts_event,
        old,
        old / ratio if "close" in columns else old,
        columns=columns,
        price_times=1.0 / ratio,
        volume_times=ratio if first.rule == "split_basis" else 1.0,
    )


def _dividend(seen: Inspection, finding: Finding) -> Edit:
    one = next(d for d in seen.dividends if d.fault and int(seen.rows[d.row]) == finding.row)
    action = one.action
    paid = one.times > 0.0
    return Edit(
        ACTION,
        action.ex_ns,
        one.moved_to_ns or action.ex_ns,
        float(action.value),
        float(one.believed),
        action_kind=action.kind,
        new_kind=DIVIDEND if paid else "",
        price_factor=float(1.0 - one.fraction * one.times),
    )


def _other_ratio(seen: Inspection, finding: Finding) -> Edit | None:
    index = int(np.searchsorted(seen.ts_event, finding.ts_event))
    for action in seen.raw.actions or ():
        if action.kind == SPLIT and int(np.searchsorted(seen.ts_event, action.ex_ns)) == index:
            kind = "" if finding.value == 1.0 else SPLIT
            return Edit(
                ACTION,
                action.ex_ns,
                action.ex_ns,
                action.value,
                finding.value,
                action_kind=SPLIT,
                new_kind=kind,
            )
    return None
