"""Which pieces are still to be fetched, against a count bar by bar."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, parse_ns
from tradewind.data.asked import Span, inside_spans, joined_spans, read_asked, save_asked
from tradewind.data.backfill import answered_part, missing_closes, piece_ns, pieces_to_fetch
from tradewind.data.calendars import expected_closes
from tradewind.store.parquet import ParquetTables

BEGIN = parse_ns("2015-01-01")

spans = st.builds(
    lambda first, length: Span(BEGIN + first * NS_PER_HOUR, BEGIN + (first + length) * NS_PER_HOUR),
    st.integers(0, 60_000),
    st.integers(0, 20_000),
)


@settings(max_examples=60, deadline=None)
@given(
    wanted=spans,
    answered=st.lists(spans, max_size=5),
    kept=st.floats(0, 1),
    frame=st.sampled_from(["1h", "1d"]),
    calendar=st.sampled_from(["XNYS", "24/7", "24/5"]),
)
def test_every_missing_bar_is_in_one_piece_and_nothing_else_is_asked_for(
    wanted: Span, answered: list[Span], kept: float, frame: str, calendar: str
) -> None:
    due = expected_closes(calendar, frame, wanted.start_ns, max(wanted.end_ns, wanted.start_ns))
    stored = due[np.random.default_rng(1).random(len(due)) < kept]
    known = set(stored.tolist())
    pieces = pieces_to_fetch(frame, calendar, wanted, stored, answered)
    absent = [
        ts
        for ts in due.tolist()
        if ts not in known and not any(s.start_ns <= ts < s.end_ns for s in answered)
    ]
    assert sum(piece.missing for piece in pieces) == len(absent)
    for piece in pieces:
        inside = [ts for ts in absent if piece.span.start_ns <= ts < piece.span.end_ns]
        assert len(inside) == piece.missing > 0
        assert wanted.start_ns <= piece.span.start_ns < piece.span.end_ns <= wanted.end_ns
        cuts = {piece.span.start_ns, piece.span.end_ns} - {wanted.start_ns, wanted.end_ns}
        assert all(cut % piece_ns(frame) == 0 for cut in cuts), "pieces lie on a grid of their own"


@given(st.lists(spans, max_size=6), st.integers(0, 90_000))
def test_spans_are_one_time_however_they_are_put_together(given_: list[Span], hour: int) -> None:
    ts = BEGIN + hour * NS_PER_HOUR
    known = any(span.start_ns <= ts < span.end_ns for span in given_)
    assert inside_spans(np.array([ts]), given_).tolist() == [known]
    joined = joined_spans(given_)
    assert all(a.end_ns < b.start_ns for a, b in pairwise(joined))


def test_what_was_answered_is_kept_by_source_and_length(tmp_path) -> None:
    tables = ParquetTables(tmp_path)
    for first, last in ((0, 5), (10, 20), (5, 7), (3, 3)):
        save_asked(tables, "MSFT.XNAS", "1d", "yahoo", Span(first, last))
    assert read_asked(tables, "MSFT.XNAS", "1d", "yahoo") == [Span(0, 7), Span(10, 20)]
    assert read_asked(tables, "MSFT.XNAS", "1h", "yahoo") == []
    assert read_asked(tables, "MSFT.XNAS", "1d", "alpaca") == []


def test_an_answer_about_the_present_settles_nothing_after_its_newest_bar() -> None:
    now = BEGIN + 100 * NS_PER_DAY
    past = Span(BEGIN, now - 3 * NS_PER_DAY)
    assert answered_part(past, None, now) == past
    present = Span(BEGIN, now)
    assert answered_part(present, now - NS_PER_HOUR, now) == Span(BEGIN, now - NS_PER_HOUR + 1)
    assert answered_part(present, BEGIN + NS_PER_DAY, now) == Span(BEGIN, now - 2 * NS_PER_DAY)
    assert len(answered_part(Span(now - NS_PER_HOUR, now), None, now)) == 0


def test_a_market_that_rested_is_not_missing() -> None:
    week = Span(parse_ns("2012-10-27"), parse_ns("2012-11-01"))  # hurricane Sandy: two days without trade
    assert len(missing_closes("1d", "XNYS", week, np.zeros(0, dtype=np.int64), ())) == 1
