"""The calendar of results of US stocks, by fiscal quarter."""

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
from tradewind.core.timestamps import from_ns
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import CALENDARS
from tradewind.data.release_rows import earnings_release, releases_asked_for
from tradewind.data.series_rows import read_date
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.finnhub.history import FINNHUB, FREE

KEY = "TRADEWIND_FINNHUB_API_KEY"
_TIMINGS = {"bmo": Timing.BEFORE_OPEN, "amc": Timing.AFTER_CLOSE, "dmh": Timing.DURING_SESSION}


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    date: str
    symbol: str
    quarter: int
    year: int
    hour: str | None = None
    eps_estimate: float | None = None
    eps_actual: float | None = None


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    earnings_calendar: list[_Row]


_answer = msgspec.json.Decoder(_Answer)


@CALENDARS.register("finnhub")
class FinnhubCalendar:
    """Results of US stocks by fiscal quarter, before the open or after the close, with estimates; a key.

    An id is a symbol: ``AAPL``. A day that moves stays the same quarter's.
    """

    name = "finnhub"
    known: ClassVar[Mapping[str, str]] = {"AAPL": "results of Apple", "MSFT": "results of Microsoft"}

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = FINNHUB,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        headers = {"X-Finnhub-Token": api_key or Secret("")}
        self._client = PolicedClient(self.policy, base_url, secret_headers=headers)

    def releases(self, request: CalendarRequest) -> Releases:
        """Results of the span, known since they were asked for.

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
        symbol = us_symbol(request.calendar, "Finnhub")
        require_key(self.name, KEY, self._key)
        now_ns = self.policy.clock.now_ns()
        params: dict[str, str | int] = {
            "symbol": symbol,
            "from": from_ns(request.start_ns).date().isoformat(),
            "to": from_ns(request.end_ns).date().isoformat(),
        }
        decode = partial(decode_results, symbol=symbol, asked_ns=now_ns)
        rows = self._client.get("api/v1/calendar/earnings", params, decode, ttl_s=0.0)
        found = releases_of(request.calendar, self.name, rows, now_ns, (now_ns, request.end_ns))
        return releases_asked_for(found, request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def decode_results(body: bytes, symbol: str, asked_ns: int) -> list[Release]:
    """Results by fiscal quarter; MalformedPayloadError for those of another symbol.

    Source: Finnhub, "API Documentation", ``GET /calendar/earnings``. Documented shape: it is not recorded.
    """
    found = []
    for row in _answer.decode(body).earnings_calendar:
        if row.symbol.upper() != symbol:
            message = f"Results of {row.symbol!r} came where {symbol!r} was asked for."
            raise MalformedPayloadError(message)
        event, timing = f"{row.year}Q{row.quarter}", _TIMINGS.get(row.hour or "", Timing.DAY)
        day = read_date(row.date, f"the results of {event}")
        figures = row.eps_estimate, row.eps_actual
        found.append(earnings_release(event, day, timing, asked_ns, figures, what=f"results of {event}"))
    return found
