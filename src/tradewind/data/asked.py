"""Which spans of a series a source was asked for and answered, with bars or with nothing.

So what is missing from the store can be told from what there never was: holidays that a calendar does not
know, days before a listing, a market's halt. A span is remembered once its bars are stored, never before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tradewind.core.panel import Bools, Ints
from tradewind.store.tables import Tables

ASKED = "asked_spans"


@dataclass(frozen=True)
class Span:
    """``start_ns <= ts < end_ns``."""

    start_ns: int
    end_ns: int

    def __len__(self) -> int:
        return max(self.end_ns - self.start_ns, 0)


def read_asked(tables: Tables, instrument_id: str, timeframe: str, provider: str) -> list[Span]:
    """Spans that ``provider`` has answered, oldest first, none touching another."""
    partition = _partition(instrument_id, timeframe, provider)
    if not tables.has(ASKED, partition):
        return []
    rows = tables.read(ASKED, partition)
    starts, ends = rows.column("start_ns").to_pylist(), rows.column("end_ns").to_pylist()
    return joined_spans(Span(*pair) for pair in zip(starts, ends, strict=True))


def save_asked(tables: Tables, instrument_id: str, timeframe: str, provider: str, span: Span) -> None:
    """Remember a span that was answered whole; one of no length changes nothing."""
    if not len(span):
        return
    import pyarrow as pa

    known = joined_spans([*read_asked(tables, instrument_id, timeframe, provider), span])
    rows = pa.table(
        {
            "start_ns": pa.array([one.start_ns for one in known], pa.int64()),
            "end_ns": pa.array([one.end_ns for one in known], pa.int64()),
        }
    )
    tables.upsert(ASKED, _partition(instrument_id, timeframe, provider), rows, ["start_ns"], replace=True)


def joined_spans(spans: Iterable[Span]) -> list[Span]:
    """The same time in as few spans as can be, oldest first."""
    made: list[Span] = []
    for span in sorted((s for s in spans if len(s)), key=lambda s: s.start_ns):
        if made and span.start_ns <= made[-1].end_ns:
            made[-1] = Span(made[-1].start_ns, max(made[-1].end_ns, span.end_ns))
        else:
            made.append(span)
    return made


def inside_spans(ts: Ints, spans: Iterable[Span]) -> Bools:
    """Which of the moments (N,) lie in one of the spans, (N,)."""
    known = joined_spans(spans)
    starts = np.array([span.start_ns for span in known], dtype=np.int64)
    ends = np.array([span.end_ns for span in known], dtype=np.int64)
    row = np.searchsorted(starts, ts, side="right") - 1
    found: Bools = (row >= 0) & (ts < np.append(ends, 0)[row])
    return found


def _partition(instrument_id: str, timeframe: str, provider: str) -> dict[str, str]:
    return {"instrument_id": instrument_id, "timeframe": timeframe, "provider": provider}
