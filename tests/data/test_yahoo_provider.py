"""Yahoo through a real server on loopback: our own fixture, recorded answers, and yfinance as oracle."""

import copy
import json
import warnings
from pathlib import Path
from random import Random

import numpy as np
import pytest
from loopback_http import SteppedClock, serve
from recorded_yahoo import as_site, recorded_cassette, recorded_charts

from tradewind.core.errors import (
    ConfigError,
    MalformedPayloadError,
    NetworkError,
    NoDataError,
    RateLimitedError,
    TradewindError,
    UnknownSymbolError,
)
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import iso, parse_ns
from tradewind.data.adjustment import adjust
from tradewind.data.history import load_history
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.yahoo.chart import decode_chart
from tradewind.data.vendors.yahoo.history import YahooProvider
from tradewind.data.vendors.yahoo.stamping import _CALENDARS
from tradewind.data.vendors.yahoo.symbols import yahoo_symbol

pytestmark = pytest.mark.services

FIXTURE = Path(__file__).parent / "fixtures" / "yahoo_chart_acme.json"
NOW = parse_ns("2025-02-20T12:00:00+00:00")


@pytest.fixture
def acme():
    return json.loads(FIXTURE.read_text())


@pytest.fixture
def ask(tmp_path):
    """Ask a site that has these charts; the provider's clock stands at ``now``."""

    def call(
        charts,
        symbol="ACME",
        start="2021-11-01",
        end="2022-01-01",
        timeframe="1d",
        now=NOW,
        how="raw_bars",
        at="",
    ):
        clock = SteppedClock(now)
        with serve(charts if callable(charts) else as_site(charts)) as site:
            provider = YahooProvider(
                tmp_path / at, base_url=site.url, clock=clock, sleep=clock.sleep, random=Random(1)
            )
            try:
                request = BarRequest(f"{symbol}.YAHOO", timeframe, parse_ns(start), parse_ns(end))
                return getattr(provider, how)(request)
            finally:
                provider.close()
                call.asked, call.slept = site.asked, clock.slept

    return call


def rows(chart):
    return chart["chart"]["result"][0]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("AAPL", "AAPL"),
        ("brk.b", "BRK-B"),
        ("OCDO.L", "OCDO.L"),
        ("BTC/USD", "BTC-USD"),
        ("EUR/USD", "EURUSD=X"),
        ("USD/JPY", "USDJPY=X"),
        ("SPX", "^GSPC"),
        ("VIX", "^VIX"),
        ("DXY", "DX-Y.NYB"),
        ("^FCHI", "^FCHI"),
    ],
)
def test_symbols_in_yahoos_spelling(ours, theirs):
    assert yahoo_symbol(ours) == theirs


def test_what_is_no_symbol_is_refused():
    with pytest.raises(UnknownSymbolError, match="A B"):
        yahoo_symbol("A B")


def test_every_calendar_named_exists():
    from exchange_calendars import get_calendar_names

    from tradewind.data.calendar_rules import OWN_CALENDARS

    known = {*get_calendar_names(include_aliases=True), *OWN_CALENDARS}
    assert set(_CALENDARS.values()) <= known


def test_it_is_in_the_registry():
    assert PROVIDERS.get("yahoo") is YahooProvider


def test_rows_are_stamped_by_the_sessions_close(ask, acme):
    raw = ask({"ACME": acme})
    assert [iso(int(ts)) for ts in raw.ts_event] == [
        "2021-11-22T21:00:00Z",
        "2021-11-23T21:00:00Z",
        "2021-11-24T21:00:00Z",
        "2021-11-26T18:00:00Z",  # the day after Thanksgiving closes early
        "2021-11-29T21:00:00Z",
        "2021-11-30T21:00:00Z",
        "2021-12-01T21:00:00Z",
        "2021-12-01T21:00:00Z",  # the live row that Yahoo appends
    ]
    assert raw.calendar == "XNYS"
    assert raw.source == "yahoo"


def test_prices_are_as_they_were_traded_before_every_later_split(ask, acme):
    raw = ask({"ACME": acme})
    np.testing.assert_allclose(raw.close[:3], [102.0, 100.0, 52.0])  # 2:1 on the 24th, 5:1 half a year later
    np.testing.assert_allclose(raw.volume[:3], [100_000, 120_000, 180_000])


def test_null_rows_stay_visible_and_never_become_bars(ask, acme):
    assert np.isnan(ask({"ACME": acme}).close[3])
    bars = ask({"ACME": acme}, how="bars")
    assert len(bars) == 6
    assert not np.isnan(bars.close).any()


def test_an_unfinished_day_is_left_out(ask, acme):
    raw = ask({"ACME": acme}, now=parse_ns("2021-12-01T17:00:00+00:00"))
    assert iso(int(raw.ts_event[-1])) == "2021-11-30T21:00:00Z"


def test_actions_are_point_in_time(ask, acme):
    raw = ask({"ACME": acme})
    assert [(a.kind, iso(a.ex_ns), a.value) for a in raw.actions] == [
        ("split", "2021-11-24T05:00:00Z", 2.0),
        ("dividend", "2021-11-29T05:00:00Z", pytest.approx(1.04)),  # 0.208 on today's shares, 5 for 1 then
    ]
    before = ask({"ACME": acme}, end="2021-11-24", how="bars")
    np.testing.assert_allclose(before.close, [102.0, 100.0])
    between = ask({"ACME": acme}, end="2021-11-25", how="bars")
    np.testing.assert_allclose(between.close, [51.0, 50.0, 52.0])
    after = ask({"ACME": acme}, how="bars")
    np.testing.assert_allclose(after.close[:3], np.array([51.0, 50.0, 52.0]) * 0.98)
    assert after.adjusted


def test_a_dividend_on_the_day_of_a_split_is_paid_on_the_new_shares(ask, acme):
    split_day = rows(acme)["timestamp"][2]
    rows(acme)["events"]["dividends"] = {"1": {"amount": 0.1, "date": split_day}}
    raw = ask({"ACME": acme})
    assert {a.kind: a.value for a in raw.actions} == {"split": 2.0, "dividend": pytest.approx(0.5)}
    np.testing.assert_allclose(adjust(raw, raw.actions, NOW).close[1], 50.0 * (1 - 0.1 / 10.0))


def test_the_request_reaches_to_the_present_whatever_end_was_asked_for(ask, acme):
    ask({"ACME": acme}, end="2021-11-25")
    chart = next(query for path, query in ask.asked if "chart" in path)
    assert int(chart["period2"]) * 10**9 > NOW
    assert "split" in chart["events"]


def test_the_same_history_is_asked_for_once(tmp_path, acme):
    clock = SteppedClock(NOW)
    with serve(as_site({"ACME": acme})) as site:
        provider = YahooProvider(tmp_path, base_url=site.url, clock=clock, sleep=clock.sleep)
        request = BarRequest("ACME", "1d", parse_ns("2021-11-01"), parse_ns("2022-01-01"))
        for _ in range(3):
            provider.raw_bars(request)
            clock.sleep(10.0)
        assert sum("chart" in path for path, _ in site.asked) == 1
        assert provider.listing("ACME")[1] == "USD"
        provider.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda r: r["indicators"]["quote"][0]["close"].pop(), "timestamps, but columns"),
        (lambda r: r["indicators"]["quote"][0].update(open="no"), "Expected `array"),
        (lambda r: r["meta"].pop("exchangeName"), "exchangeName"),
        (lambda r: r["meta"].update(dataGranularity="1wk"), "1wk came where 1d"),
        (lambda r: r["meta"].update(symbol="OTHER"), "'OTHER' came"),
        (lambda r: r["meta"].update(currency=None), "no currency"),
        (
            lambda r: r["events"].update(splits={"1": {"numerator": 0, "denominator": 1, "date": 5}}),
            "share count",
        ),
    ],
)
def test_malformed_answers_are_kept_aside(ask, acme, tmp_path, change, reason):
    broken = copy.deepcopy(acme)
    change(rows(broken))
    with pytest.raises(MalformedPayloadError, match=reason):
        ask({"ACME": broken})
    assert len(list((tmp_path / "quarantine" / "yahoo").glob("*.payload"))) == 1


def test_errors_are_typed(ask, acme):
    no = json.dumps(
        {"chart": {"result": None, "error": {"code": "Unprocessable Entity", "description": "too far back"}}}
    ).encode()
    with pytest.raises(UnknownSymbolError):
        ask({})
    with pytest.raises(NoDataError, match="too far back"):
        ask({"ACME": (422, {}, no)})
    with pytest.raises(NoDataError, match="too far back"):
        ask({"ACME": (200, {}, no)})
    with pytest.raises(NetworkError):
        ask({"ACME": (502, {}, b"bad gateway")})
    assert sum("chart" in path for path, _ in ask.asked) == 4
    with pytest.raises(RateLimitedError) as limited:
        ask({"ACME": (429, {"Retry-After": "900"}, b"Too Many Requests")})
    assert limited.value.retry_after_s == 900.0
    assert (
        sum("chart" in path for path, _ in ask.asked) == 1
    )  # one refusal is not answered with more requests


def test_spans_and_timeframes_without_rows(ask, acme):
    with pytest.raises(NoDataError, match="no 1d bar of ACME"):
        ask({"ACME": acme}, start="2021-12-05")
    with pytest.raises(NoDataError, match="4h"):
        ask({"ACME": acme}, timeframe="4h")


def test_an_exchange_without_a_calendar_is_said(ask, acme):
    rows(acme)["meta"]["exchangeName"] = "XYZ"
    with pytest.raises(NoDataError, match="'XYZ'"):
        ask({"ACME": acme})


def test_unencrypted_yahoo_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="not encrypted"):
        YahooProvider(tmp_path, base_url="http://query2.finance.yahoo.com")


def test_an_expired_crumb_is_renewed(tmp_path, acme):
    """Yahoo answers 401 to an old crumb; yfinance fetches another, and the policy sees one answer."""
    served = as_site({"ACME": acme})
    seen = []

    def respond(path, query):
        if "chart" in path:
            seen.append(query.get("crumb"))
            if len(seen) == 1:
                return 401, {}, b"Invalid Crumb"
        return served(path, query)

    clock = SteppedClock(NOW)
    with serve(respond) as site:
        provider = YahooProvider(tmp_path, base_url=site.url, clock=clock, sleep=clock.sleep)
        assert len(provider.raw_bars(BarRequest("ACME", "1d", 0, parse_ns("2022-01-01"))))
        provider.close()
    assert len(seen) == 2


def test_hours_end_with_the_session(ask, acme):
    hours = copy.deepcopy(acme)
    first = rows(hours)["timestamp"][0]
    rows(hours)["timestamp"] = [first + 3600 * i for i in range(7)]
    rows(hours)["meta"]["dataGranularity"] = "60m"
    rows(hours)["indicators"]["adjclose"] = []
    rows(hours)["indicators"]["quote"] = [
        {name: [10.0] * 7 for name in ("open", "high", "low", "close", "volume")}
    ]

    def site(path, query):
        return as_site({"ACME": hours if query.get("interval") == "1h" else acme})(path, query)

    raw = ask(site, start="2021-11-22", end="2021-11-23", timeframe="1h")
    assert [iso(int(ts))[11:16] for ts in raw.ts_event] == [
        "15:30", "16:30", "17:30", "18:30", "19:30", "20:30", "21:00",
    ]  # fmt: skip
    np.testing.assert_allclose(raw.close, 100.0)  # both splits came later


def test_a_stored_series_of_yahoos(ask, acme, tmp_path):
    """Through the room's own door: judged, repaired, stored and read back adjusted."""
    from tradewind.data.catalogue import stock
    from tradewind.store.parquet import ParquetTables

    with serve(as_site({"ACME": acme})) as site:
        provider = YahooProvider(tmp_path / "policy", base_url=site.url, clock=SteppedClock(NOW))
        loaded = load_history(
            provider,
            [BarRequest("ACME", "1d", parse_ns("2021-11-01"), parse_ns("2022-01-01"))],
            {"ACME.XNAS": stock("ACME", "XNAS")},
            ParquetTables(tmp_path / "tables"),
        )["ACME.XNAS"]
        provider.close()
    assert len(loaded.bars) == 6
    assert {repair.what for repair in loaded.repairs} >= {"drop_incomplete", "drop_duplicate"}
    assert [action.kind for action in loaded.actions] == ["split", "dividend"]


# Recorded answers ------------------------------------------------------------------------------


def test_fourteen_years_adjusted_here_equal_yahoos_own_adjusted_close(ask, shared_data):
    """Philip Morris 2008-2022: 56 dividends; the oracle is the payload's adjusted close."""
    recorded = recorded_cassette(shared_data, "test_call_func[get_dividend].yaml")
    bars = ask({"PM": recorded}, "PM", "2000-01-01", "2022-01-21", how="bars")
    theirs = decode_chart(json.dumps(recorded).encode())
    assert len(bars) == len(theirs) == 3488
    np.testing.assert_allclose(bars.close, theirs.adjusted_close, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "symbol", "actions"),
    [
        ("chart-AAPL-2020-08-31-to-2020-11-07", "AAPL", ["split", "dividend"]),
        ("historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv", "MSFT", ["dividend"] * 4),
        ("historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.csv", "NVDA", ["split"]),
    ],
)
def test_yfinance_reads_the_same_answers_alike(ask, shared_data, tmp_path, name, symbol, actions):
    """yfinance's own parser is the oracle for rows and actions, on its basis (today's share count)."""
    import yfinance
    from yfinance.data import YfData

    from tradewind.data.vendors.yahoo.transport import _make_session

    charts = {symbol: recorded_charts(shared_data, name)[name]}
    raw = ask(charts, symbol, "2020-01-01", "2022-06-01")
    assert [action.kind for action in raw.actions] == actions
    with serve(as_site(charts)) as site, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = _make_session(site.url, 5.0)
        YfData(session=session).cache_get.cache_clear()
        ticker = yfinance.Ticker(symbol, session=session)
        theirs = ticker.history(start="2020-01-01", end="2022-06-01", auto_adjust=False)
        session.close()
    assert len(raw) == len(theirs) > 40
    days = theirs.index.tz_convert("UTC").normalize().astype("datetime64[ns, UTC]").asi8
    np.testing.assert_array_equal(raw.ts_event // 86_400_000_000_000, days // 86_400_000_000_000)
    ours = adjust(raw, tuple(a for a in raw.actions if a.kind == "split"), NOW)
    for column in ("Open", "High", "Low", "Close", "Volume"):
        np.testing.assert_allclose(getattr(ours, column.lower()), theirs[column].to_numpy(), rtol=1e-9)
    paid = theirs["Dividends"][theirs["Dividends"] > 0].to_numpy()
    np.testing.assert_allclose([a.value for a in raw.actions if a.kind == "dividend"], paid)


def test_currencies_coins_and_pence(ask, shared_data):
    names = [f"chart-{listing}-2020-01-01-to-2020-01-03" for listing in ("EURUSD=X", "BTC-USD", "OCDO.L")]
    charts = {
        name[len("chart-") : -len("-2020-01-01-to-2020-01-03")]: chart
        for name, chart in recorded_charts(shared_data, *names).items()
    }
    euro = ask(charts, "EUR/USD", "2020-01-01", "2020-02-01")
    assert iso(int(euro.ts_event[-1])) == "2020-01-04T00:00:00Z"
    assert (euro.has_volume, euro.actions, euro.calendar) == (False, None, "UTC/5")
    coin = ask(charts, "BTC/USD", "2020-01-01", "2020-01-03T00:00:01+00:00")
    assert [iso(int(ts)) for ts in coin.ts_event] == ["2020-01-02T00:00:00Z", "2020-01-03T00:00:00Z"]
    assert coin.close[0] == 7200.17431640625
    ocado = ask(charts, "OCDO.L", "2020-01-01", "2020-02-01")
    pence = rows(charts["OCDO.L"])["indicators"]["quote"][0]["close"][0]
    assert ocado.close[0] == pytest.approx(pence / 100)
    assert iso(int(ocado.ts_event[0])) == "2020-01-02T16:30:00Z"


def test_every_recorded_chart_is_bars_or_a_typed_error(ask, shared_data):
    outcomes: dict[str, str] = {}
    for name, chart in recorded_charts(shared_data).items():
        meta = rows(chart)["meta"]
        if meta["dataGranularity"] != "1d":
            continue
        try:
            raw = ask({meta["symbol"]: chart}, meta["symbol"], "2015-01-01", "2025-02-19", at=name)
            outcomes[name] = str(len(raw))
        except TradewindError as error:
            outcomes[name] = type(error).__name__
    assert outcomes.pop("chart-notimestamp-quotes-length.fake") == "MalformedPayloadError"
    assert outcomes.pop("chart-notimestamp-weird-quote.fake") == "MalformedPayloadError"
    assert len(outcomes) >= 21
    assert all(outcome.isdigit() for outcome in outcomes.values()), outcomes


def test_index_rows_of_another_year(ask, shared_data):
    recorded = recorded_cassette(shared_data, "test_get_index[sp500-1d-2022-01-01-2022-02-02-Adj Close].yaml")
    raw = ask({"^GSPC": recorded}, "SPX", "2022-01-01", "2022-02-02")
    assert raw.actions is None
    assert raw.has_volume
    assert iso(int(raw.ts_event[0])) == "2022-01-03T21:00:00Z"
