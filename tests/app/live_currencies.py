"""Two made-up sources of currencies on loopback that have no stream: Twelve Data and Yahoo, of one market.

Both are written from their documented or recorded answers. Minutes are those of the currency week: Sunday
17:00 to Friday 17:00 in New York.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from live_market import MINUTE_NS, FastClock, Market, price_at
from loopback_http import serve

KEYS = {"TRADEWIND_TWELVE_DATA_API_KEY": "TD-made-up"}
PAIRS = {"EUR/USD": (1.09, 0.0), "GBP/USD": (1.28, 1.0)}
NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")
_SATURDAY, _SUNDAY, _FRIDAY = 5, 6, 4


def close_of(pair: str, minute: int) -> float:
    base, phase = PAIRS[pair]
    return price_at(pair, minute, base, phase, digits=5)


def is_traded(minute: int) -> bool:
    """Whether a minute bar ends then."""
    moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(NEW_YORK)
    if moment.weekday() == _SUNDAY:
        return moment.time() > time(17)
    if moment.weekday() == _FRIDAY:
        return moment.time() <= time(17)
    return moment.weekday() != _SATURDAY


def figures_of(pair: str, minute: int) -> dict[str, float]:
    opened, closed = close_of(pair, minute - 1), close_of(pair, minute)
    high, low = round(max(opened, closed) + 1e-5, 5), round(min(opened, closed) - 1e-5, 5)
    return {"open": opened, "high": high, "low": low, "close": closed}


@dataclass
class Currencies(Market):
    """``down`` names the sources that are away, ``behind`` those that have nothing new."""

    down: set[str] = field(default_factory=set)
    behind: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def respond(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        name = "twelve_data" if path == "/time_series" else "yahoo"
        self.asked[name] = self.asked.get(name, 0) + 1
        if name in self.down:
            return 503, {}, b"down"
        answer = self.series(query) if name == "twelve_data" else self.chart(path, query)
        return answer if isinstance(answer, tuple) else (200, {}, json.dumps(answer).encode())

    def ends(self, name: str, begin_s: int, end_s: int) -> list[int]:
        """Ends of the bars that open from one second up to the other, the one that is still made too."""
        newest = min(self.minute() + 1, self.behind.get(name, 1 << 40))
        first, last = -(-begin_s // 60) + 1, min(end_s // 60 + 1, newest)
        return [minute for minute in range(first, last + 1) if is_traded(minute)]

    def series(self, query: dict[str, str]) -> dict[str, object]:
        begin, end = (
            int(datetime.fromisoformat(query[word]).replace(tzinfo=UTC).timestamp())
            for word in ("start_date", "end_date")
        )
        ends = self.ends("twelve_data", begin, end)
        if not ends:
            words = "No data is available on the specified dates. Try setting different start/end dates."
            return {"code": 400, "message": words, "status": "error", "meta": {}}
        pair = query["symbol"]
        values = [
            {"datetime": f"{datetime.fromtimestamp((m - 1) * 60, UTC):%Y-%m-%d %H:%M:%S}"}
            | {word: f"{value:.5f}" for word, value in figures_of(pair, m).items()}
            for m in ends
        ]
        meta = {"symbol": pair, "interval": "1min", "type": "Physical Currency"}
        return {"meta": meta, "values": values[-int(query["outputsize"]) :], "status": "ok"}

    def chart(self, path: str, query: dict[str, str]) -> object:
        if path == "/v1/test/getcrumb":
            return 200, {}, b"crumb0"
        symbol = path.rpartition("/")[2]
        if not symbol.endswith("=X"):
            return 404, {}, b""
        pair = f"{symbol[:3]}/{symbol[3:6]}"
        begin, end = int(query["period1"]), int(query["period2"]) - 1
        if query["interval"] == "1d":
            labels = self.midnights(begin, end)
            rows = [figures_of(pair, label // 60 + 720) for label in labels]
        else:
            labels = [(minute - 1) * 60 for minute in self.ends("yahoo", begin, end)]
            rows = [figures_of(pair, label // 60 + 1) for label in labels]
        quote = {word: [row[word] for row in rows] for word in ("open", "high", "low", "close")}
        meta = {
            "symbol": symbol,
            "currency": pair[4:],
            "exchangeName": "CCY",
            "instrumentType": "CURRENCY",
            "exchangeTimezoneName": "Europe/London",
            "dataGranularity": query["interval"],
        }
        result = {
            "meta": meta,
            "timestamp": labels,
            "indicators": {
                "quote": [quote | {"volume": [0] * len(rows)}],
                "adjclose": [{"adjclose": quote["close"]}],
            },
        }
        return {"chart": {"result": [result], "error": None}}

    def midnights(self, begin_s: int, end_s: int) -> list[int]:
        """Weekdays that have begun, by London's midnight."""
        hours = range(begin_s - begin_s % 3_600, min(end_s, self.minute() * 60) + 1, 3_600)
        local = [(hour, datetime.fromtimestamp(hour, UTC).astimezone(LONDON)) for hour in hours]
        return [h for h, m in local if h >= begin_s and m.time() == time(0) and m.weekday() < _SATURDAY]


@contextmanager
def currencies(clock: FastClock) -> Iterator[Currencies]:
    """The server of both, until the block ends; a stream has none of them."""
    market = Currencies(clock)
    with serve(market.respond) as site:  # type: ignore[arg-type]
        market.rest_url = site.url
        yield market


def minutes_between(first_ns: int, last_ns: int) -> list[int]:
    """Minutes that have a bar, after the one and up to the other."""
    return [m for m in range(first_ns // MINUTE_NS + 1, last_ns // MINUTE_NS + 1) if is_traded(m)]
