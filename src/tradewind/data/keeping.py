"""What is kept beside the bars: actions, the score of each day, findings and repairs.

All tables are partitioned by instrument and source (and timeframe); writing the same again changes nothing.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.panel import Ints
from tradewind.data.adjustment import CorporateAction
from tradewind.data.quality.finding import Dimension, Finding, Severity
from tradewind.data.quality.score import QualityScore, day_of, from_days
from tradewind.data.repair import Repair
from tradewind.store.bars import TABLE as BARS
from tradewind.store.bars import BarSeries
from tradewind.store.merge import merge_rows
from tradewind.store.tables import Tables

if TYPE_CHECKING:
    import pyarrow as pa

ACTIONS, QUALITY, FINDINGS, REPAIRS = "corporate_actions", "quality_days", "quality_findings", "repairs"
CALENDARS = "series_calendars"


def save_actions(
    tables: Tables,
    instrument_id: str,
    source: str,
    actions: Sequence[CorporateAction],
    span: tuple[int, int] | None = None,
) -> None:
    """Merge a provider's actions; an empty sequence says that there are none, which is knowledge too.

    What was stored with ``span[0] <= ex_ns <= span[1]`` and is not told any more is dropped: a source that
    put an ex-date right would else have the split twice, and prices before it divided by it twice.
    """
    import pyarrow as pa

    def merge(old: "pa.Table | None", new: "pa.Table", key: "Sequence[str]") -> "pa.Table":
        if old is not None and span is not None:
            ex_ns = old.column("ex_ns").to_numpy()
            old = old.filter(pa.array((ex_ns < span[0]) | (ex_ns > span[1])))
        return merge_rows(old, new, key)

    frame = pa.table(
        {
            "ex_ns": pa.array([a.ex_ns for a in actions], pa.int64()),
            "kind": pa.array([a.kind for a in actions], pa.string()),
            "price_factor": pa.array([a.price_factor for a in actions], pa.float64()),
            "value": pa.array([a.value for a in actions], pa.float64()),
            "told_by": pa.array([a.source for a in actions], pa.string()),
        }
    )
    tables.upsert(
        ACTIONS, {"instrument_id": instrument_id, "source": source}, frame, ["ex_ns", "kind"], merge=merge
    )


def read_actions(tables: Tables, instrument_id: str, source: str) -> tuple[CorporateAction, ...] | None:
    """The actions of a series, oldest first; None where the provider knows nothing of them."""
    partition = {"instrument_id": instrument_id, "source": source}
    if not tables.has(ACTIONS, partition):
        return None
    return tuple(
        CorporateAction(
            instrument_id, row["ex_ns"], row["kind"], row["price_factor"], row["value"], row["told_by"]
        )
        for row in tables.read(ACTIONS, partition).to_pylist()
    )


def save_calendar(tables: Tables, instrument_id: str, timeframe: str, source: str, calendar: str) -> None:
    """By which calendar a source makes its bars, where it is not the instrument's (a fixing, London days)."""
    import pyarrow as pa

    rows = pa.table({"nth": pa.array([0], pa.int64()), "calendar": pa.array([calendar], pa.string())})
    tables.upsert(CALENDARS, _partition(instrument_id, timeframe, source), rows, ["nth"])


def read_calendar(tables: Tables, instrument_id: str, timeframe: str, source: str) -> str:
    """That calendar; empty where it is the instrument's."""
    partition = _partition(instrument_id, timeframe, source)
    if not tables.has(CALENDARS, partition):
        return ""
    return str(tables.read(CALENDARS, partition).column("calendar")[0].as_py())


def save_score(tables: Tables, score: QualityScore, source: str) -> None:
    """Merge the score of each day."""
    import pyarrow as pa

    columns = {"day": pa.array(score.day, pa.int64()), "bars": pa.array(score.bars, pa.int64())}
    for side in Dimension:
        columns[side.value] = pa.array(score.by_day[side.value], pa.float64())
    partition = _partition(score.instrument_id, score.timeframe, source)
    tables.upsert(QUALITY, partition, pa.table(columns), ["day"])


def read_score(tables: Tables, instrument_id: str, timeframe: str, source: str) -> QualityScore:
    """The score over all days that were ever judged; StoreError when none was."""
    rows = tables.read(QUALITY, _partition(instrument_id, timeframe, source))
    by_day = {side.value: rows.column(side.value).to_numpy() for side in Dimension}
    day, bars = rows.column("day").to_numpy(), rows.column("bars").to_numpy()
    severe = _severe_by_day(tables, _partition(instrument_id, timeframe, source), day)
    # A finding stays on record when a later judgement (with the split accepted) finds the day in order.
    severe[by_day[Dimension.ACCURACY.value] >= 100.0] = 0
    return from_days(instrument_id, timeframe, day, bars, severe, by_day)


def _severe_by_day(tables: Tables, partition: dict[str, str], day: Ints) -> Ints:
    """How many severe findings are on record for each of the days (D,)."""
    if not tables.has(FINDINGS, partition):
        return np.zeros(len(day), np.int64)
    rows = tables.read(FINDINGS, partition)
    grave = np.array(rows.column("severity").to_pylist(), dtype=object) == Severity.SEVERE.value
    found = day_of(rows.column("ts_event").to_numpy()[grave])
    return np.bincount(np.searchsorted(day, found), minlength=len(day)).astype(np.int64)


def worst_scores(tables: Tables) -> list[QualityScore]:
    """Stored scores of all series, the worst first."""
    scores = [
        read_score(tables, part["instrument_id"], part["timeframe"], part["source"])
        for part in tables.partitions(QUALITY)
    ]
    return sorted(scores, key=lambda s: s.overall)


def forget_series(tables: Tables, series: BarSeries) -> None:
    """Take a series away with all that was judged of it.

    The actions of its source go too, which are those of its other timeframes: the next load brings them back.
    """
    told = _partition(series.instrument_id, series.timeframe, series.source)
    tables.drop(BARS, series.partition())
    for table in (QUALITY, FINDINGS, REPAIRS, CALENDARS):
        tables.drop(table, told)
    tables.drop(ACTIONS, {"instrument_id": series.instrument_id, "source": series.source})


def save_findings(
    tables: Tables, instrument_id: str, timeframe: str, source: str, findings: Sequence[Finding]
) -> None:
    """Merge findings; several of one rule at one time are told apart by ``nth``. None changes nothing."""
    if not findings:
        return
    import pyarrow as pa

    frame = pa.table(
        {
            "ts_event": pa.array([f.ts_event for f in findings], pa.int64()),
            "rule": pa.array([f.rule for f in findings], pa.string()),
            "nth": _nth((f.ts_event, f.rule) for f in findings),
            "dimension": pa.array([f.dimension.value for f in findings], pa.string()),
            "severity": pa.array([f.severity.value for f in findings], pa.string()),
            "what": pa.array([f.what for f in findings], pa.string()),
            "value": pa.array([f.value for f in findings], pa.float64()),
        }
    )
    tables.upsert(FINDINGS, _partition(instrument_id, timeframe, source), frame, ["ts_event", "rule", "nth"])


def save_repairs(
    tables: Tables, instrument_id: str, timeframe: str, source: str, repairs: Sequence[Repair]
) -> None:
    """Merge repairs, each with what it was before. None changes nothing."""
    if not repairs:
        return
    import pyarrow as pa

    frame = pa.table(
        {
            "ts_event": pa.array([r.ts_event for r in repairs], pa.int64()),
            "what": pa.array([r.what for r in repairs], pa.string()),
            "column": pa.array([r.column for r in repairs], pa.string()),
            "nth": _nth((r.ts_event, r.what, r.column) for r in repairs),
            "why": pa.array([r.why for r in repairs], pa.string()),
            "old": pa.array([r.old for r in repairs], pa.float64()),
            "new": pa.array([r.new for r in repairs], pa.float64()),
        }
    )
    tables.upsert(
        REPAIRS, _partition(instrument_id, timeframe, source), frame, ["ts_event", "what", "column", "nth"]
    )


def read_repairs(tables: Tables, instrument_id: str, timeframe: str, source: str) -> tuple[Repair, ...]:
    """Every repair of a series that was ever made, oldest bar first."""
    partition = _partition(instrument_id, timeframe, source)
    rows = tables.read(REPAIRS, partition).to_pylist() if tables.has(REPAIRS, partition) else []
    return tuple(
        Repair(row["ts_event"], row["what"], row["column"], row["why"], row["old"], row["new"])
        for row in rows
    )


def _partition(instrument_id: str, timeframe: str, source: str) -> dict[str, str]:
    return {"instrument_id": instrument_id, "timeframe": timeframe, "source": source}


def _nth(keys: Iterable[Hashable]) -> "pa.Array":
    import pyarrow as pa

    seen: Counter[Hashable] = Counter()
    counted = []
    for key in keys:
        counted.append(seen[key])
        seen[key] += 1
    return pa.array(counted, pa.int64())
