"""Blockchain.com's chart as recorded (gamestonk_vcr_cassettes, which ``test_recorded_blockchain.py`` reads):
``status``, ``name``, ``unit``, ``period``, ``description``, ``values`` of seconds and numbers."""

from datetime import UTC, datetime, timedelta

from misbehaving_site import Asked, Reply
from series_answers import Desk, SeriesVendor, Value
from vendor_answers import DAY, HOUR, js, ns

START = ns(datetime(2021, 10, 1, tzinfo=UTC))
DAYS = 120
NOW = START + 100 * DAY + 10 * HOUR


def figure(day: int) -> float:
    return 250_000.0 + 1_000.0 * (day % 13) + 0.5


def answer(asked: Asked, desk: Desk) -> Reply:
    assert asked.path == "/charts/n-transactions"
    assert asked.query["format"] == "json"
    assert asked.query["sampled"] == "false"
    first = ns(datetime.fromisoformat(asked.query["start"]).replace(tzinfo=UTC))
    length = timedelta(days=int(asked.query["timespan"].removesuffix("days"))) // timedelta(days=1)
    days = [n for n in range(DAYS) if first <= START + n * DAY < first + length * DAY]
    days = [n for n in days if START + n * DAY <= desk.now_ns]  # that of today is still growing
    if desk.stale:
        days = [n for n in range(DAYS) if START + n * DAY <= desk.now_ns - 40 * DAY]
    return js(
        {
            "status": "ok",
            "name": "Confirmed Transactions Per Day",
            "unit": "Transactions",
            "period": "day",
            "description": "The number of daily confirmed Bitcoin transactions.",
            "values": [{"x": (START + n * DAY) // 1_000_000_000, "y": figure(n)} for n in days],
        }
    )


VENDOR = SeriesVendor(
    series_id="n-transactions",
    now_ns=NOW,
    start_ns=START,
    end_ns=START + 365 * DAY,
    held=tuple(
        Value(START + n * DAY, START + (n + 2) * DAY, figure(n), "Transactions")
        for n in range(DAYS)
        if START + (n + 2) * DAY <= NOW
    ),
    answer=answer,
    unknown=("no-such-chart", js({"error": "not-found-error", "message": "chart not found"}, 404)),
    limited=(429, {"Retry-After": "60"}, b"Too many requests"),
    names_series=False,
)
