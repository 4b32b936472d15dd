"""Blockchain.com's recorded charts, and charts of other periods."""

import json

import msgspec
import pytest
from recorded import cassette_bodies
from vendor_answers import DAY, HOUR

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.series import observations_of
from tradewind.core.timestamps import iso
from tradewind.data.vendors.blockchain.series import decode_chart

ARCHIVE = "gamestonk_vcr_cassettes.tar.xz"
CHART = {
    "status": "ok",
    "name": "Mempool Size",
    "unit": "Bytes",
    "period": "minute",
    "values": [{"x": 1_700_000_000, "y": 5.0}, {"x": 1_700_000_900, "y": 6.0}],
}


@pytest.mark.parametrize(
    ("cassette", "unit", "count"),
    [("confirmed_transactions", "Transactions", 1_578), ("circulating_supply", "BTC", 1_557)],
)
def test_a_recorded_chart(shared_data, cassette, unit, count):
    (body,) = cassette_bodies(shared_data, ARCHIVE, f"test_blockchain_model/test_get_btc_{cassette}.yaml")
    said = json.loads(body)
    found = observations_of("chart", "blockchain", decode_chart(body, "chart"))
    assert len(found) == len(said["values"])
    assert [(p // 10**9, v) for p, v in zip(found.ts_period.tolist(), found.value.tolist(), strict=True)] == [
        (point["x"], point["y"]) for point in said["values"]
    ]
    assert set(found.unit) == {unit}
    assert set((found.ts_known - found.ts_period).tolist()) == {2 * DAY}


def test_a_chart_by_minutes_is_known_an_hour_later():
    rows = decode_chart(json.dumps(CHART).encode(), "mempool-size")
    assert [row.ts_known - row.ts_period for row in rows] == [HOUR, HOUR]
    assert iso(rows[0].ts_period) == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    "change",
    [
        {"period": "week"},
        {"status": "error"},
        {"values": [{"x": 5, "y": 1.0}]},
        {"values": [{"x": 1_700_000_000, "y": 1.0}, {"x": 1_700_000_000_000, "y": 1.0}]},
        {"values": [{"x": 1_700_000_000, "y": 1.0}, {"x": 1_700_000_000, "y": 2.0}]},
        {"values": [{"x": 10**30, "y": 1.0}]},
        {"values": [{"x": 9_999_999_999, "y": 1.0}]},  # in 2286, beyond 64 bits of nanoseconds
    ],
)
def test_a_chart_that_cannot_be_is_refused(change):
    with pytest.raises((MalformedPayloadError, msgspec.DecodeError)):
        observations_of(
            "chart", "blockchain", decode_chart(json.dumps({**CHART, **change}).encode(), "chart")
        )
