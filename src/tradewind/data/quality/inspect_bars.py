"""Run all rules over a series."""

from collections.abc import Sequence

from tradewind.core.panel import BarColumns
from tradewind.data.quality.finding import RULES, Finding
from tradewind.data.quality.inspection import Inspection, QualitySettings, prepare
from tradewind.data.quality.score import QualityScore, score
from tradewind.data.raw import RawBars

LAST_RESORT = "isolation_forest"
"""The rule that only speaks of rows which no other rule named."""


def inspect_bars(
    raw: RawBars,
    calendar: str = "",
    settings: QualitySettings | None = None,
    references: Sequence[BarColumns] = (),
    skip: Sequence[str] = (),
    dismissed: Sequence[tuple[str, int, int]] = (),
) -> tuple[tuple[Finding, ...], QualityScore]:
    """Findings of every rule that is on but those in ``skip``, by time, and the score that follows.

    ``dismissed`` are rules with the first and last time in which a person says that they find nothing.
    """
    seen = prepare(raw, calendar, settings, references)
    findings = find_all(seen, skip)
    if dismissed:
        findings = tuple(finding for finding in findings if not _is_dismissed(finding, dismissed))
    return findings, score(seen, findings)


def find_all(seen: Inspection, skip: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Findings of all rules that are on, sorted by time and rule."""
    found: list[Finding] = []
    for name in RULES.active(seen.settings.outside_rules):
        if name not in skip and name != LAST_RESORT:
            found.extend(RULES.get(name)(seen))
    if LAST_RESORT not in skip:
        named = {finding.row for finding in found}
        found.extend(f for f in RULES.get(LAST_RESORT)(seen) if f.row not in named)
    return tuple(sorted(found, key=lambda f: (f.ts_event, f.rule, f.row)))


def _is_dismissed(finding: Finding, dismissed: Sequence[tuple[str, int, int]]) -> bool:
    return any(rule == finding.rule and first <= finding.ts_event <= last for rule, first, last in dismissed)
