"""The calendar of results that are due within a year, by the end of the fiscal quarter."""

import csv
import io
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError
from tradewind.core.releases import CalendarRequest, Release, Releases, Timing, releases_of
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import CALENDARS
from tradewind.data.release_rows import earnings_release, releases_asked_for
from tradewind.data.series_rows import read_date, read_number
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.alpha_vantage.history import ALPHA_VANTAGE, FREE
from tradewind.data.vendors.alpha_vantage.refusals import refuse

KEY = "TRADEWIND_ALPHA_VANTAGE_API_KEY"
_AHEAD_NS = 330 * NS_PER_DAY
"""Its horizon is of twelve months; what is further away than this may be left out of it."""

_COLUMNS = ("symbol", "reportDate", "fiscalDateEnding", "estimate", "currency")
_TIMINGS = {"pre-market": Timing.BEFORE_OPEN, "post-market": Timing.AFTER_CLOSE}
_sentences = msgspec.json.Decoder(dict[str, object])


@CALENDARS.register("alpha_vantage")
class AlphaVantageCalendar:
    """Results of US stocks due within a year, by fiscal quarter, with estimates; a key, 25 calls a day.

    An id is a symbol: ``IBM``. What is past is not in it.
    """

    name = "alpha_vantage"
    known: ClassVar[Mapping[str, str]] = {"IBM": "results of IBM", "AAPL": "results of Apple"}

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = ALPHA_VANTAGE,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        params = {"apikey": api_key or Secret("")}
        self._client = PolicedClient(self.policy, base_url, secret_params=params)

    def releases(self, request: CalendarRequest) -> Releases:
        """Results that are due, known since they were asked for.

        Raises
        ------
        MissingKeyError
            The key is not set, is wrong, or its plan has no calendar.
        UnknownSymbolError
            It is no listing of the USA.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        symbol = us_symbol(request.calendar, "Alpha Vantage")
        key = require_key(self.name, KEY, self._key)
        now_ns = self.policy.clock.now_ns()
        decode = partial(decode_results, symbol=symbol, asked_ns=now_ns, key=key)
        params = {"function": "EARNINGS_CALENDAR", "symbol": symbol, "horizon": "12month"}
        rows = self._client.get("query", params, decode)
        found = releases_of(request.calendar, self.name, rows, now_ns, (now_ns, now_ns + _AHEAD_NS))
        return releases_asked_for(found, request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def decode_results(body: bytes, symbol: str, asked_ns: int, key: Secret) -> list[Release]:
    """Results by the last day of their quarter; MalformedPayloadError for those of another symbol.

    Source: Alpha Vantage, "API Documentation", ``EARNINGS_CALENDAR``: CSV, and a sentence in JSON where it
    says no. Documented shape: it is not recorded.
    """
    if body.lstrip()[:1] in (b"{", b"["):
        refuse(_sentences.decode(body), f"the calendar of {symbol}", key)
        message = "It is JSON where CSV was asked for, and says nothing."
        raise MalformedPayloadError(message)
    lines = csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True)
    missing = [name for name in _COLUMNS if name not in (lines.fieldnames or ())]
    if missing:
        message = f"It has no column {', '.join(missing)}."
        raise MalformedPayloadError(message)
    try:
        return [_release(row, symbol, asked_ns) for row in lines]
    except csv.Error as error:
        message = f"Line {lines.line_num} is no CSV: {error}."
        raise MalformedPayloadError(message) from error


def _release(row: Mapping[str | None, str | None], symbol: str, asked_ns: int) -> Release:
    if None in row or None in row.values():
        message = f"A line has more or fewer cells than the first: {str(row)[:120]}."
        raise MalformedPayloadError(message)
    cells = {str(name): value or "" for name, value in row.items()}
    if cells["symbol"].upper() != symbol:
        message = f"Results of {cells['symbol'][:20]!r} came where {symbol!r} was asked for."
        raise MalformedPayloadError(message)
    event, expected = cells["fiscalDateEnding"], cells["estimate"]
    read_date(event, f"a quarter of {symbol}")
    day = read_date(cells["reportDate"], f"the results of {event}")
    estimate = read_number(expected, f"the estimate of {event}") if expected else None
    timing = _TIMINGS.get(cells.get("timeOfTheDay", ""), Timing.DAY)
    what, unit = f"results of the quarter to {event}", f"{cells['currency']} a share".strip()
    return earnings_release(event, day, timing, asked_ns, (estimate, None), what=what, unit=unit)
