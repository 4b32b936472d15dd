"""Frankfurter's rates by date in the shape of its recording (dali_rp2_ccxt_cassettes, an older address with
the same answer) and of its documentation of ``/v1``; ``test_recorded_frankfurter.py`` reads the recording.
"""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from misbehaving_site import Asked, Reply
from vendor_answers import DAY, Held, Shop, Vendor, js, new_york_days, ns, utc

_BERLIN = ZoneInfo("Europe/Berlin")
_CLOSED = frozenset(
    {
        *(
            date(year, month, day)
            for year in (2022, 2023, 2024)
            for month, day in ((1, 1), (5, 1), (12, 25), (12, 26))
        ),
        *(date(2022, 4, 15), date(2022, 4, 18), date(2023, 4, 7), date(2023, 4, 10)),
        *(date(2024, 3, 29), date(2024, 4, 1)),
    }
)


def _fixing(day: date, step: int) -> Held:
    rate = round(1.05 + step % 41 / 1_000, 4)
    opened = ns(datetime.combine(day, time(), UTC))
    closed = ns(datetime.combine(day, time(16), _BERLIN))
    return Held(opened, closed, rate, rate, rate, rate, 0.0)


HELD = tuple(
    _fixing(day, n) for n, day in enumerate(new_york_days(date(2022, 5, 2), date(2024, 6, 28), _CLOSED))
)
NOW = ns(datetime(2024, 6, 20, 12, tzinfo=UTC))


def answer(asked: Asked, shop: Shop) -> Reply:
    found = re.fullmatch(r"/v1/(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", asked.path)
    assert found is not None
    assert asked.query == {"base": "EUR", "symbols": "USD"}
    begin, end = (ns(datetime.fromisoformat(day).replace(tzinfo=UTC)) for day in found.groups())
    rows = shop.bars(HELD, begin, end, end_inside=True)
    rates = {f"{utc(bar.opened):%Y-%m-%d}": {"USD": bar.close} for bar in rows}
    said = {"amount": 1.0, "base": shop.symbol or "EUR", "start_date": found[1], "end_date": found[2]}
    return js(said | {"rates": rates})


VENDOR = Vendor(
    instrument_id="EUR/USD",
    timeframe="1d",
    offers=("1d",),
    now_ns=NOW,
    start_ns=ns(datetime(2022, 6, 1, tzinfo=UTC)),
    end_ns=NOW + 3 * DAY,
    held=HELD,
    answer=answer,
    unknown=("EUR/VND", js({"message": "not found"}, 404)),
    limited=js({"message": "too many requests"}, 429),
    least_calls=3,
    has_ohlc=False,
    has_volume=False,
    stale_by_ns=5 * DAY,
)
