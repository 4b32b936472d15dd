import json
import math
import re
from html.parser import HTMLParser
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_story import opening, story, write

from tradewind.app.session.reporting import report_for
from tradewind.core.errors import StoreError
from tradewind.journal.memory import MemoryJournal
from tradewind.views.report import svg
from tradewind.views.report.inputs import (
    CalibrationBin,
    ClaimReport,
    ExposurePoint,
    Interval,
    JournalReport,
    ModelReport,
    QualityReport,
    ReportInputs,
    RiskFigures,
    VarBacktest,
    VarFigure,
)
from tradewind.views.report.page import measured, render_report, write_report


def inputs(**changes) -> ReportInputs:
    journal = MemoryJournal()
    write(journal, story(60))
    whole = report_for(journal)
    session = whole.session
    bins = tuple(
        CalibrationBin(predicted=p, observed=p * 0.9 + 0.05, count=20 + int(100 * p)) for p in (0.3, 0.5, 0.7)
    )
    models = (
        ModelReport(
            model="gradient_boosting",
            version="3.1",
            verdict="accepted",
            sharpe=Interval(value=0.91, low=0.22, high=1.6),
            accuracy=Interval(value=0.534, low=0.518, high=0.549),
            base_rate=0.512,
            trials=24,
            window="2016 to 2020, monthly",
            costs="1.1 bps + 1 bps",
            calibration=bins,
        ),
        ModelReport(
            model="bilstm",
            verdict="refused",
            reasons=("Deflated Sharpe 0.41 < 0.95.",),
            overridden=True,
            sharpe=Interval(value=0.1, low=-0.6, high=0.8),
            accuracy=Interval(value=0.507, low=0.49, high=0.52),
            base_rate=0.512,
            calibration=bins,
        ),
    )
    fields = {
        "title": "Walk-forward of nine instruments",
        "generated": "2026-03-05T00:00:00Z",
        "data": "Hourly random walk, nine instruments.",
        "journal": JournalReport(name="demo.journal", records=3_100, verified=True, root_hash="ab" * 32),
        "models": models,
        "quality": (
            QualityReport(
                instrument_id="AAPL.XNAS", source="sample", bars=1258, first="2013", last="2018", score=98.2
            ),
            QualityReport(
                instrument_id="<b>",
                source="sample",
                bars=9,
                first="2013",
                last="2018",
                score=61.0,
                repairs=("1 gap",),
            ),
        ),
        "claims": (
            ClaimReport(
                claim="directional accuracy 97 %",
                stated=0.97,
                standing="not reached",
                measured=Interval(value=0.521, low=0.508, high=0.534),
                unit="%",
            ),
            ClaimReport(claim="LoRA trains 10 times faster", stated=10.0, standing="not measured"),
        ),
        "risk": None,
        "exposure": tuple(
            ExposurePoint(ts=point.ts, gross_pct=40.0, net_pct=-5.0) for point in session.curve[:20]
        ),
        "command": "tradewind demo --seed 11",
    }
    return msgspec.structs.replace(whole, **(fields | changes))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_startendtag(self, tag, attributes) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_small_and_needs_nothing_else() -> None:
    html = render_report(inputs())
    page = _Page()
    page.feed(html)
    assert page.open == []
    assert page.links == []
    assert "script" not in page.tags
    assert not re.search(r"https?://|url\(|@import", html)
    assert page.tags.count("svg") == 18
    assert len(html) < 500_000
    assert not re.search(r"\bnan\b|\binf\b", html, flags=re.IGNORECASE)


def test_it_says_what_must_be_said() -> None:
    html = render_report(inputs())
    for words in (
        "Synthetic data",
        "bilstm trades although the promotion gate refused it",
        "Deflated Sharpe 0.41 &lt; 0.95.",
        "0.91 (0.22 to 1.60)",
        "52.1 % (50.8 % to 53.4 %)",
        "not reached",
        "1 gap",
        "&lt;b&gt;",
        "ab" * 32,
        "no investment, legal or tax advice",
    ):
        assert words in html, words
    assert "The gate accepted none" in render_report(inputs(models=inputs().models[1:]))


def test_value_at_risk_is_shown_with_how_it_was_taken_and_how_it_did() -> None:
    figure = VarFigure(method="student", level=0.99, var_pct=1.234, shortfall_pct=1.789)
    held_against = VarBacktest(
        level=0.95,
        window=60,
        days=210,
        exceptions=17,
        expected=10.5,
        kupiec_p=0.0561,
        christoffersen_p=0.0432,
        light="yellow",
    )
    risk = RiskFigures(days=251, var=(figure,), backtest=(held_against,), notes=("EURUSD has no price yet.",))
    html = render_report(inputs(risk=risk))
    shown = re.sub(r"<[^>]+>", " ", html)
    for words in (
        "from the 251 daily returns",
        r"student\s+99 %\s+1\.23 %\s+1\.79 %",
        "up to 60 days before it",
        r"95 %\s+210\s+17\s+10\.5\s+0\.056\s+0\.043\s+yellow",
        "EURUSD has no price yet",
    ):
        assert re.search(words, shown), words
    assert "Value at risk was not measured" in render_report(inputs())


def test_a_session_that_has_only_begun_says_what_is_not_there() -> None:
    journal = MemoryJournal()
    write(journal, opening())
    html = render_report(report_for(journal))
    for words in (
        "never marked",
        "The session has 0 days",
        "Fewer than two days",
        "Nothing was traded",
        "No round trip",
        "Nothing is held",
        "No breaker tripped",
        "was not checked",
    ):
        assert words in html, words
    assert not re.search(r"\bnan\b", html)
    broken = JournalReport(name="x", records=0, verified=False)
    assert "The hash chain does not hold." in render_report(inputs(journal=broken))


def test_page_and_json_are_written_side_by_side(tmp_path) -> None:
    page, data = write_report(inputs(), tmp_path / "deep" / "run.html")
    assert page.read_text().startswith("<!doctype html>")
    assert json.loads(data.read_bytes())["models"][0]["sharpe"]["value"] == 0.91
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be read or written"):
        write_report(inputs(), tmp_path / "file" / "run.html")


def test_plain_dicts_are_checked() -> None:
    plain = {"model": "m", "verdict": "accepted", "sharpe": {"value": 1.0}, "trials": 3}
    assert msgspec.convert(plain, ModelReport).trials == 3
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(plain | {"trials": "many"}, ModelReport)


def test_measured_never_shows_nan() -> None:
    assert measured(None) == "–"
    assert measured(Interval(value=math.nan)) == "–"
    assert measured(Interval(value=0.5)) == "0.50"


@given(st.floats(-1e6, 1e6), st.floats(1e-2, 1e9), st.integers(2, 12))
def test_ticks_are_round_inside_and_even(low: float, span: float, count: int) -> None:
    found = svg.ticks(low, low + span, count)
    slack = 1e-6 * max(abs(low), span)
    assert all(low - slack <= tick <= low + span + slack for tick in found)
    assert len(found) <= count + 2
    steps = [(right - left) / span for left, right in pairwise(found)]
    assert all(step == pytest.approx(steps[0], rel=1e-6) for step in steps)
