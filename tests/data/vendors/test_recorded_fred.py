"""FRED's recorded answers, vintages in many questions, series without vintages, and values that are none."""

import json
import xml.etree.ElementTree as ElementTree
from datetime import date
from random import Random

import numpy as np
import pytest
from fred_series import NOW, VENDOR, answer, bad, vintages
from misbehaving_site import StandingClock, open_site
from recorded import cassette_bodies
from series_answers import Desk
from vendor_answers import DAY, js

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.series import SeriesRequest
from tradewind.core.timestamps import iso, parse_ns
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.fred import series as fred
from tradewind.data.vendors.fred.wire import decode_hits, decode_page, decode_units

pytestmark = pytest.mark.services

ARCHIVE = "gamestonk_vcr_cassettes.tar.xz"
REQUEST = SeriesRequest("INDPRO", VENDOR.start_ns, VENDOR.end_ns)


@pytest.fixture
def ask(tmp_path):
    def call(reply, request=REQUEST, now=NOW):
        clock = StandingClock(now)
        with open_site(reply) as site:
            call.site = site
            provider = fred.FredSeries(
                tmp_path,
                api_key=Secret("k"),
                base_url=site.url,
                clock=clock,
                sleep=clock.sleep,
                random=Random(1),
            )
            try:
                return provider.observations(request)
            finally:
                provider.close()

    return call


def recorded_page(shared_data):
    """The recorded page of DGS10 as JSON, with the attributes that its XML has, and its rows."""
    (body,) = cassette_bodies(shared_data, ARCHIVE, "test_load_data[get_series_data-kwargs_dict0].yaml")
    root = ElementTree.fromstring(body)
    said = {
        name: int(v) if name in ("count", "offset", "limit", "output_type") else v for name, v in root.items()
    }
    rows = [dict(row.items()) for row in root]
    return json.dumps({**said, "observations": rows}).encode(), said, rows


def test_a_recorded_page_of_ten_year_yields(shared_data):
    body, said, rows = recorded_page(shared_data)
    count, found = decode_page(body, said)
    assert count == len(found) == len(rows) == 577
    assert [one.period.isoformat() for one in found] == [row["date"] for row in rows]
    empty = [row["date"] for row in rows if row["value"] == "."]
    assert "2020-01-01" in empty
    assert [one.period.isoformat() for one in found if np.isnan(one.value)] == empty
    assert [f"{one.value:.2f}" for one in found if not np.isnan(one.value)] == [
        row["value"] for row in rows if row["value"] != "."
    ]


def test_the_page_of_another_span_is_refused(shared_data):
    body, said, _ = recorded_page(shared_data)
    for name, other in (("observation_start", "2020-01-02"), ("realtime_end", "2022-03-22"), ("offset", 577)):
        with pytest.raises(MalformedPayloadError, match=name):
            decode_page(body, {**said, name: other})


def test_a_recorded_description_names_its_series_and_unit(shared_data):
    (body,) = cassette_bodies(shared_data, ARCHIVE, "test_output[check_series_id-kwargs_dict0].yaml")
    assert decode_units(body, "DGS5") == ((date(2022, 3, 21), "Percent"),)
    with pytest.raises(MalformedPayloadError, match="DGS5"):
        decode_units(body, "DGS10")


def test_a_recorded_search_says_what_each_series_is(shared_data):
    (body,) = cassette_bodies(shared_data, ARCHIVE, "test_check_output[get_series_notes-kwargs_dict0].yaml")
    found = decode_hits(body)
    assert len(found) == 1_000
    assert found["SOFR"] == ("Secured Overnight Financing Rate; Daily, Percent, 2018-04-03 to 2022-03-17")


@pytest.mark.parametrize("at_once", [1, 7, 1_000])
def test_vintages_in_many_questions_are_the_same_as_in_one(ask, monkeypatch, at_once):
    """FRED answers at most so many vintages; what holds at a question's begin is no revision made then."""
    monkeypatch.setattr(fred, "_VINTAGES_A_CALL", at_once)

    def reply(asked):
        if asked.path.endswith("/observations"):
            inside = [
                day
                for day in vintages(date(2014, 5, 20))
                if asked.query["realtime_start"] <= day.isoformat() <= asked.query["realtime_end"]
            ]
            assert 0 < len(inside) <= at_once
        return answer(asked, Desk(NOW))

    assert [row[1:] for row in ask(reply).rows()] == list(VENDOR.held)


def test_a_long_answer_comes_in_pages(ask, monkeypatch):
    monkeypatch.setattr(fred, "_ROWS_A_PAGE", 10)

    def reply(asked):
        status, headers, body = answer(asked, Desk(NOW))
        if asked.path.endswith("/observations"):
            said = json.loads(body)
            begin = int(asked.query["offset"])
            said["observations"] = said["observations"][begin : begin + 10]
            body = json.dumps(said).encode()
        return status, headers, body

    assert [row[1:] for row in ask(reply).rows()] == list(VENDOR.held)
    assert sum(asked.path.endswith("/observations") for asked in ask.site.asked) > 3


@pytest.mark.parametrize("where", ["vintage_dates", "observations"])
def test_pages_that_end_too_early_are_no_answer(ask, where):
    def reply(asked):
        status, headers, body = answer(asked, Desk(NOW))
        said = json.loads(body)
        if where in said:
            said = {**said, where: said[where][:3] if asked.query["offset"] == "0" else []}
        return status, headers, json.dumps(said).encode()

    with pytest.raises(MalformedPayloadError, match="and gave 3"):
        ask(reply)


@pytest.mark.parametrize("where", ["/vintagedates", "/observations"])
@pytest.mark.parametrize(
    "words",
    ["The series does not exist in ALFRED but may exist in FRED.", "No vintage dates exist for the series."],
)
def test_a_series_without_vintages_is_known_since_now(ask, where, words):
    def reply(asked):
        if asked.path.endswith(where) and asked.query.get("realtime_start") != "2014-05-20":
            return bad(words)
        return answer(asked, Desk(NOW))

    found = ask(reply)
    assert found.seen
    assert set(found.ts_known.tolist()) == {NOW}
    newest = {one.period: one.value for one in sorted(VENDOR.held, key=lambda one: one.known)}
    told = dict(zip(found.ts_period.tolist(), found.value.tolist(), strict=True))
    assert {period: told[period] for period in newest} == newest


def test_a_value_that_is_taken_back_is_no_more(ask):
    def reply(asked):
        status, headers, body = answer(asked, Desk(NOW))
        return status, headers, body.replace(b'"100.3"', b'"."').replace(b'"104.3"', b'"."')

    found = ask(reply)
    taken = found.take(np.isnan(found.value))
    assert len(taken) > 0
    for period, known in zip(taken.ts_period.tolist(), taken.ts_known.tolist(), strict=True):
        assert period in found.as_of(known - 1).ts_period
        assert period not in found.as_of(known).ts_period


def test_a_release_is_known_when_its_day_in_saint_louis_is_over(ask):
    found = ask(lambda asked: answer(asked, Desk(NOW)))
    # Released on 10 March, when St. Louis was six hours off UTC; in summer it is five.
    february = found.between(parse_ns("2012-02-01"), parse_ns("2012-02-02"))
    assert iso(int(february.ts_known[0])) == "2012-03-11T06:00:00Z"
    june = found.between(parse_ns("2012-06-01"), parse_ns("2012-06-02"))
    assert iso(int(june.ts_known[0])) == "2012-07-11T05:00:00Z"


@pytest.mark.parametrize("value", ["nan", "inf", "1_000", "", " 1", "1e999", "0x10", "١"])
def test_a_text_that_is_no_number_is_refused(ask, value):
    def reply(asked):
        status, headers, body = answer(asked, Desk(NOW))
        if asked.path.endswith("/observations"):
            said = json.loads(body)
            said["observations"][-1]["value"] = value
            body = json.dumps(said).encode()
        return status, headers, body

    with pytest.raises(MalformedPayloadError):
        ask(reply)


@pytest.mark.parametrize("day", ["2024-W01-1", "20240101", "2024-02-30", "9999-12-31", "0001-01-01", "", "x"])
def test_a_text_that_is_no_day_is_refused(ask, day):
    def reply(asked):
        status, headers, body = answer(asked, Desk(NOW))
        if asked.path.endswith("/observations"):
            said = json.loads(body)
            said["observations"][-1]["date"] = day
            body = json.dumps(said).encode()
        return status, headers, body

    with pytest.raises(MalformedPayloadError, match="date"):
        ask(reply)


def test_spans_before_1776_are_not_asked_for(ask):
    old = SeriesRequest("INDPRO", parse_ns("1700-01-01"), VENDOR.end_ns)
    assert len(ask(lambda asked: answer(asked, Desk(NOW)), old)) == len(VENDOR.held)
    asked = next(one for one in ask.site.asked if one.path.endswith("/observations"))
    assert asked.query["observation_start"] == "1776-07-04"


def test_a_row_twice_with_another_value_is_refused(ask):
    def reply(asked):
        status, headers, body = answer(asked, Desk(NOW))
        if asked.path.endswith("/observations"):
            said = json.loads(body)
            said["observations"].append({**said["observations"][-1], "value": "7"})
            return js({**said, "count": len(said["observations"])})
        return status, headers, body

    with pytest.raises(MalformedPayloadError, match="at once"):
        ask(reply, now=NOW + DAY // 24)
