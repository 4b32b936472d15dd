"""Kenneth French's files of months and odd ones, what EDGAR's filings say when, CoinGecko's figures."""

import json
from datetime import date, datetime
from io import BytesIO
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import coingecko_series
import pytest
import sec_series
from misbehaving_site import Asked, StandingClock, open_site
from series_answers import Desk

from tradewind.core.errors import MalformedPayloadError, MissingKeyError, UnknownSymbolError
from tradewind.core.series import SeriesRequest
from tradewind.core.timestamps import iso
from tradewind.data.vendors.coingecko.series import decode_global
from tradewind.data.vendors.fama_french.wire import decode_factor
from tradewind.data.vendors.sec.series import SecSeries, of_id
from tradewind.data.vendors.sec.wire import Fact, decode_acceptances, decode_facts, known_at, last_of_a_moment

pytestmark = pytest.mark.services

NEW_YORK = ZoneInfo("America/New_York")
MONTHS = """This file was created by CMPT_ME_BEME_RETS using the 202405 CRSP database.

,Mkt-RF,SMB,HML,RF
202403,    2.83,   -2.51,    4.21,    0.43
202404,   -4.67,   -2.39,   -0.52,    0.47
202405,    4.34,    0.78, -99.99,    0.44

 Annual Factors: January-December
,Mkt-RF,SMB,HML,RF
  2023,   21.69,   -3.24,  -13.66,    4.95

Copyright 2024 Eugene F. Fama and Kenneth R. French
"""


def packed(text, names=("F-F.CSV",)):
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, text)
    return made.getvalue()


def test_months_are_read_and_the_years_below_them_are_not():
    assert decode_factor(packed(MONTHS), "Mkt-RF", 6) == [
        (date(2024, 3, 1), 2.83),
        (date(2024, 4, 1), -4.67),
        (date(2024, 5, 1), 4.34),
    ]
    assert [day.month for day, _ in decode_factor(packed(MONTHS), "HML", 6)] == [3, 4]


@pytest.mark.parametrize(
    "body",
    [
        packed(MONTHS, ("a.csv", "b.csv")),
        packed(MONTHS, ("readme.txt",)),
        packed(MONTHS)[:-30],
        packed(MONTHS)[4:],
        packed(MONTHS)[:20] + packed(MONTHS)[22:],
        packed(MONTHS.replace(",Mkt", "Mkt")),
        packed(MONTHS.replace("2.83", "2,83")),
        packed(MONTHS.replace("2.83", "n/a")),
        packed(MONTHS.replace("202404", "202403")),
        packed(MONTHS.replace("202404", "202413")),
        packed(",Mkt-RF,HML\n" + "0" * (70 << 20)),
    ],
)
def test_a_file_that_is_another_is_refused(body):
    with pytest.raises(MalformedPayloadError):
        decode_factor(body, "Mkt-RF", 6)


def test_days_are_no_months():
    with pytest.raises(MalformedPayloadError, match="8 digits"):
        decode_factor(packed(MONTHS), "Mkt-RF", 8)


# EDGAR ---------------------------------------------------------------------------------------

FILED = date(2024, 2, 2)


@pytest.mark.parametrize(
    ("clock", "known"),
    [
        ("2024-02-02T16:31:05", "2024-02-02T21:31:05Z"),
        ("2024-02-01T18:45:00", "2024-02-02T11:00:00Z"),  # accepted in the evening, given out at six
        (None, "2024-02-03T05:00:00Z"),  # its moment is not told: when its day is over
    ],
)
def test_a_fact_is_known_when_it_was_accepted_and_given_out(clock, known):
    fact = Fact(date(2023, 10, 1), 1.0, "0000320193-24-000006", FILED)
    accepted = None if clock is None else datetime.fromisoformat(clock).replace(tzinfo=NEW_YORK)
    assert iso(known_at(fact, accepted)) == known


def test_the_day_at_which_the_list_of_moments_begins_is_told_by_the_day_alone():
    rows = [("3", "2024-02-05", "2024-02-05T09:00:00.000Z"), ("2", "2024-02-02", "2024-02-02T15:00:00.000Z")]
    names = ("accessionNumber", "filingDate", "acceptanceDateTime")
    recent = {name: [row[nth] for row in rows] for nth, name in enumerate(names)}
    for files, told in (([], {"2", "3"}), ([{"name": "older.json"}], {"3"})):
        said = {"cik": "0000320193", "filings": {"recent": recent, "files": files}}
        assert set(decode_acceptances(json.dumps(said).encode(), 320193)) == told


def test_of_two_filings_of_one_moment_the_last_counts():
    facts = [
        Fact(date(2023, 10, 1), value, f"0000320193-24-00000{nth}", FILED)
        for value, nth in ((2.0, 7), (1.0, 6))
    ]
    assert [(fact.value, fact.accn[-1]) for fact, _ in last_of_a_moment(facts, {})] == [(2.0, "7")]


@pytest.fixture
def ask(tmp_path):
    def call(series_id, contact="Ann Lee ann@example.com", change=None):
        clock = StandingClock(sec_series.NOW)

        def reply(asked):
            status, headers, body = sec_series.answer(asked, Desk(sec_series.NOW))
            if change is not None and asked.path.startswith("/api/"):
                said = json.loads(body)
                change(said)
                body = json.dumps(said).encode()
            return status, headers, body

        with open_site(reply) as site:
            call.site = site
            provider = SecSeries(
                tmp_path, contact=contact, base_url=site.url, clock=clock, sleep=clock.sleep, random=Random(1)
            )
            try:
                return provider.observations(SeriesRequest(series_id, 0, sec_series.NOW))
            finally:
                provider.close()

    return call


def test_a_half_year_is_another_series_than_its_quarter(ask):
    quarter, half = ask("320193/us-gaap/NetIncomeLoss/3m"), ask("320193/us-gaap/NetIncomeLoss/6m")
    assert set(half.value.tolist()) == {
        2.0 * value for value in quarter.value.tolist() if 2.0 * value in half.value
    }
    assert {iso(period)[5:10] for period in half.ts_period.tolist()} == {"01-01"}


def test_what_was_not_reported_so_says_what_was(ask):
    with pytest.raises(UnknownSymbolError, match="There is: 3m/USD, 6m/USD"):
        ask("320193/us-gaap/NetIncomeLoss/12m")
    with pytest.raises(UnknownSymbolError, match="3m/USD"):
        ask("320193/us-gaap/NetIncomeLoss/3m/EUR")


def test_without_a_contact_nobody_is_asked(ask):
    with pytest.raises(MissingKeyError, match=r"providers\.sec\.contact"):
        ask("320193/us-gaap/NetIncomeLoss/3m", contact="")
    assert ask.site.asked == []


@pytest.mark.parametrize(
    "change",
    [
        {"start": "2024-06-01"},  # after its end
        {"end": "0001-01-01"},
        {"filed": "yesterday"},
        {"val": "1000"},
        {"val": None},
    ],
)
def test_a_fact_that_cannot_be_is_refused(ask, change):
    with pytest.raises(MalformedPayloadError):
        ask("320193/us-gaap/NetIncomeLoss/3m", change=lambda said: said["units"]["USD"][-1].update(change))


def test_one_filing_that_says_two_things_is_refused(ask):
    def twice(said):
        facts = said["units"]["USD"]
        facts.append({**facts[0], "val": 7.0})

    with pytest.raises(MalformedPayloadError, match="at once"):
        ask("320193/us-gaap/NetIncomeLoss/3m", change=twice)


def test_a_balance_and_earnings_a_share_have_ids_of_their_own():
    fact = {"end": "2023-12-30", "val": 2.18, "accn": "0000320193-24-000006", "filed": "2024-02-02"}
    units = {"USD/shares": [{**fact, "start": "2023-10-01"}, {**fact, "start": "2023-01-01"}], "USD": [fact]}
    said = {"cik": 320193, "taxonomy": "us-gaap", "tag": "EarningsPerShareDiluted", "units": units}
    found = decode_facts(json.dumps(said).encode(), 320193, "us-gaap", "EarningsPerShareDiluted")
    assert {key: [one.begins.isoformat() for one in facts] for key, facts in found.items()} == {
        ("USD/shares", "3m"): ["2023-10-01"],
        ("USD/shares", "12m"): ["2023-01-01"],
        ("USD", "instant"): ["2023-12-30"],
    }
    assert of_id("CIK0000320193/us-gaap/EarningsPerShareDiluted/12m/USD/shares") == (
        320193,
        "us-gaap",
        "EarningsPerShareDiluted",
        "12m",
        "USD/shares",
    )


@pytest.mark.parametrize(
    "series_id",
    ["AAPL/us-gaap/Assets/instant", "320193/us-gaap/Assets", "320193/us-gaap/Assets/4m", "1/../x/3m"],
)
def test_what_is_no_id_of_a_fact_is_refused(series_id):
    with pytest.raises(UnknownSymbolError, match="CIK"):
        of_id(series_id)


def test_figures_of_the_whole_market_are_named_by_kind_and_currency():
    _, _, body = coingecko_series.answer(Asked("/api/v3/global", {}, {}), Desk(coingecko_series.NOW))
    made_ns, figures = decode_global(body)
    assert made_ns == coingecko_series.MADE
    assert figures["market-value/usd"] == (2721226850772.63, "USD")
    assert figures["volume/btc"] == (993675.225, "BTC")
    assert figures["dominance/eth"] == (14.9228066918211, "percent")
