"""Alpha Vantage's recorded average by quarter hours, Twelve Data's documented shape, ids of indicators."""

import json

import pytest
from recorded import archived

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.timestamps import iso
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.alpha_vantage.indicators import decode_indicator
from tradewind.data.vendors.alpha_vantage.series import of_id
from tradewind.data.vendors.twelve_data import series as twelve

KEY = Secret("k")
ASKED = {
    "function": "SMA",
    "symbol": "MSFT",
    "interval": "15min",
    "time_period": "10",
    "series_type": "close",
}


@pytest.fixture
def body(shared_data):
    return archived(shared_data, "alpha_vantage_mocks.tar.xz", "/mock_technical_indicator")


def test_a_recorded_average_of_quarter_hours(body):
    said = json.loads(body)["Technical Analysis: SMA"]
    found = decode_indicator(body, ASKED, "SMA", KEY)
    assert [f"{value:.4f}" for _, value in found] == [row["SMA"] for row in said.values()]
    assert iso(found[0][0]) == "2017-12-20T19:00:00Z"  # 14:00 in New York
    assert len(found) == 237


@pytest.mark.parametrize("change", [{"symbol": "AAPL"}, {"interval": "5min"}, {"time_period": "20"}])
def test_an_average_of_something_else_is_refused(body, change):
    with pytest.raises(MalformedPayloadError, match="was asked for"):
        decode_indicator(body, {**ASKED, **change}, "SMA", KEY)


def test_an_output_that_it_does_not_have_says_what_there_is(body):
    with pytest.raises(UnknownSymbolError, match="It has SMA"):
        decode_indicator(body, ASKED, "MACD_Hist", KEY)


@pytest.mark.parametrize(
    ("series_id", "fields", "output"),
    [
        ("MSFT/SMA/15min/10/close", ASKED, "SMA"),
        ("MSFT/OBV/daily", {"function": "OBV", "symbol": "MSFT", "interval": "daily"}, "OBV"),
        (
            "BRK.B/MACD/daily/close/MACD_Hist",
            {"function": "MACD", "symbol": "BRK.B", "interval": "daily", "series_type": "close"},
            "MACD_Hist",
        ),
        (
            "MSFT/BBANDS/daily/20/close/Real Upper Band",
            {**ASKED, "function": "BBANDS", "interval": "daily", "time_period": "20"},
            "Real Upper Band",
        ),
    ],
)
def test_an_id_says_what_is_asked_for(series_id, fields, output):
    assert of_id(series_id) == (fields, output)


@pytest.mark.parametrize("series_id", ["MSFT", "MSFT/SMA", "MSFT/SMA/weekly/10/close", "MSFT/SMA/daily/ten"])
def test_what_is_no_id_is_refused(series_id):
    with pytest.raises(UnknownSymbolError, match="no id of an indicator"):
        of_id(series_id)


# Twelve Data, in its documented shape ------------------------------------------------------------

ROWS = [
    {"datetime": "2024-06-20 13:30:00", "macd": "1.25", "macd_signal": "1.00", "macd_hist": "0.25"},
    {"datetime": "2024-06-20 12:30:00", "macd": "1.15", "macd_signal": "0.95", "macd_hist": "0.20"},
]
MACD = {
    "meta": {"symbol": "BTC/USD", "interval": "1h", "indicator": {"name": "MACD", "series_type": "close"}},
    "values": ROWS,
    "status": "ok",
}


def test_hours_of_a_pair_are_told_in_utc():
    indicator, asked, output = twelve.of_id("BTC/USD/macd/1h/close/macd_hist")
    assert (indicator, output) == ("macd", "macd_hist")
    assert asked == {"symbol": "BTC/USD", "interval": "1h", "series_type": "close"}
    found = twelve.decode_indicator(json.dumps(MACD).encode(), asked, output, KEY)
    assert [(iso(at), value) for at, value in found] == [
        ("2024-06-20T13:30:00Z", 0.25),
        ("2024-06-20T12:30:00Z", 0.2),
    ]


@pytest.mark.parametrize(
    "change", [{"symbol": "ETH/USD"}, {"interval": "5min"}, {"indicator": {"series_type": "open"}}]
)
def test_an_indicator_of_something_else_is_refused(change):
    _, asked, output = twelve.of_id("BTC/USD/macd/1h/close/macd_hist")
    said = {**MACD, "meta": {**MACD["meta"], **change}}
    with pytest.raises(MalformedPayloadError, match="was asked for"):
        twelve.decode_indicator(json.dumps(said).encode(), asked, output, KEY)


@pytest.mark.parametrize("label", ["", "yesterday", "2024-06-20 25:00:00"])
def test_a_row_without_its_time_is_refused(label):
    _, asked, output = twelve.of_id("BTC/USD/macd/1h/close/macd_hist")
    said = {**MACD, "values": [{**ROWS[0], "datetime": label}]}
    with pytest.raises(MalformedPayloadError):
        twelve.decode_indicator(json.dumps(said).encode(), asked, output, KEY)


@pytest.mark.parametrize(
    "series_id", ["msft/rsi/1day", "MSFT/RSI/1day", "MSFT/rsi/1week", "MSFT/../rsi", "/rsi/1day"]
)
def test_what_is_no_id_of_twelve_data_is_refused(series_id):
    with pytest.raises(UnknownSymbolError, match="no id of an indicator"):
        twelve.of_id(series_id)
