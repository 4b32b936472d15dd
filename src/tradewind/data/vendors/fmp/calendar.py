"""The calendar of results of US stocks, by day."""

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
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import CALENDARS
from tradewind.data.release_rows import earnings_release, releases_asked_for
from tradewind.data.series_rows import read_date
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.fmp.texts import FMP, FREE, KEY
from tradewind.data.vendors.fmp.wire import refuse

_ROWS = 200
"""Fifty years of quarters: all that there are."""


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    symbol: str
    date: str
    eps_estimated: float | None = None
    eps_actual: float | None = None


_rows = msgspec.json.Decoder(list[_Row])


@CALENDARS.register("fmp")
class FmpCalendar:
    """Results of US stocks by day, with estimates; no quarter and no hour; a key.

    An id is a symbol: ``AAPL``. A day that moves is one that is withdrawn, and another.
    """

    name = "fmp"
    known: ClassVar[Mapping[str, str]] = {"AAPL": "results of Apple", "MSFT": "results of Microsoft"}

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = FMP,
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
        symbol = us_symbol(request.calendar, "Financial Modeling Prep")
        key = require_key(self.name, KEY, self._key)
        now_ns = self.policy.clock.now_ns()
        decode = partial(decode_results, symbol=symbol, asked_ns=now_ns, key=key)
        rows = self._client.get("stable/earnings", {"symbol": symbol, "limit": _ROWS}, decode, ttl_s=0.0)
        found = releases_of(request.calendar, self.name, rows, now_ns, (now_ns, request.end_ns))
        return releases_asked_for(found, request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def decode_results(body: bytes, symbol: str, asked_ns: int, key: Secret) -> list[Release]:
    """Results by day; MalformedPayloadError for those of another symbol.

    Source: Financial Modeling Prep, "Earnings Report" (``/stable/earnings``). Documented shape: it is not
    recorded.
    """
    refuse(body, key)
    found = []
    for row in _rows.decode(body):
        if row.symbol.upper() != symbol:
            message = f"Results of {row.symbol!r} came where {symbol!r} was asked for."
            raise MalformedPayloadError(message)
        day = read_date(row.date, f"results of {symbol}")
        figures = row.eps_estimated, row.eps_actual
        found.append(earnings_release(row.date, day, Timing.DAY, asked_ns, figures, what="results"))
    return found
