"""The provider: every vintage of a macro series, so that a revision is known no earlier than it was made."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, MissingKeyError, NoDataError, UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.core.timestamps import from_ns
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for, begin_of, end_of
from tradewind.data.vendors.fred.wire import (
    Vintage,
    decode_hits,
    decode_page,
    decode_units,
    decode_vintages,
    without_carried,
)

T = TypeVar("T")

FRED = "https://api.stlouisfed.org"
FREE = PolicySettings("fred", (CallLimit(120, PER_MINUTE),), timeout_s=30.0)
"""120 calls a minute (its header ``x-rate-limit-limit``)."""

ST_LOUIS = ZoneInfo("America/Chicago")
_VINTAGES_A_CALL = 1_000
"""FRED refuses more than 2,000 in one question."""
_NO_VINTAGES = ("does not exist in alfred", "no vintage dates exist")
_HITS = 20
_EARLIEST = date(1776, 7, 4)  # FRED refuses days before it
_VINTAGES_A_PAGE, _ROWS_A_PAGE = 10_000, 100_000


@SERIES.register("fred")
class FredSeries:
    """Macro series with every vintage (ALFRED), known from the end of the day of their release; a key.

    Of a series without vintages today's values alone are there, known since they were asked for.
    """

    name = "fred"
    known: ClassVar[Mapping[str, str]] = {
        "GDPC1": "real gross domestic product of the USA, by quarter",
        "UNRATE": "unemployment of the USA, by month",
        "PAYEMS": "employees outside farming, by month",
        "CPIAUCSL": "consumer prices, by month",
        "PCEPI": "prices of personal consumption, by month",
        "INDPRO": "industrial production, by month",
        "FEDFUNDS": "federal funds rate, by month",
        "DGS10": "ten-year Treasury yield, by day",
        "T10Y2Y": "ten-year less two-year Treasury yield, by day",
        "ICSA": "initial claims for unemployment insurance, by week",
    }

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = FRED,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        self._client = PolicedClient(self.policy, base_url, secret_params={"api_key": api_key or Secret("")})

    def observations(self, request: SeriesRequest) -> Observations:
        """Every revision of the periods asked for.

        A release is dated by its day in St. Louis and taken as known when that day is over: never early,
        and up to a day late. What ALFRED had before it kept vintages is known from its first one.

        Raises
        ------
        MissingKeyError
            The key is not set, or wrong.
        UnknownSymbolError
            There is no such series.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        require_key(self.name, "TRADEWIND_FRED_API_KEY", self._key)
        now_ns = self.policy.clock.now_ns()
        today = from_ns(now_ns).astimezone(ST_LOUIS).date()
        days, said = self._vintages(request)
        if not days:
            said = list(self._rows(request, today, today))
        units = self._units(request.series_id, days[0] if days else today, days[-1] if days else today)
        found = observations_of(
            request.series_id,
            self.name,
            (self._observation(request.series_id, row, units, now_ns if not days else None) for row in said),
            seen=not days,
        )
        return asked_for(found, request, now_ns)

    def search(self, text: str) -> Mapping[str, str]:
        """The twenty series that fit best, by FRED's own judgement; errors as of :meth:`observations`."""
        require_key(self.name, "TRADEWIND_FRED_API_KEY", self._key)
        return self._get("series/search", text, {"search_text": text, "limit": _HITS}, decode_hits)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _vintages(self, request: SeriesRequest) -> tuple[list[date], list[Vintage]]:
        """Days of vintages and all that was said on them; neither where ALFRED lacks the series."""
        try:
            days = self._vintage_days(request.series_id)
            told = (row for span in _spans(days) for row in self._rows(request, *span))
            return days, without_carried(told)
        except UnknownSymbolError as error:
            if any(word in error.message.lower() for word in _NO_VINTAGES):
                return [], []
            raise

    def _observation(
        self, series_id: str, row: Vintage, units: tuple[tuple[date, str], ...], seen_ns: int | None
    ) -> Observation:
        known_ns = end_of(row.since, ST_LOUIS) if seen_ns is None else seen_ns
        nth = bisect_right([since for since, _ in units], row.since) - 1
        return Observation(series_id, begin_of(row.period), known_ns, row.value, units[max(nth, 0)][1])

    def _units(self, series_id: str, first: date, last: date) -> tuple[tuple[date, str], ...]:
        span = {"series_id": series_id, "realtime_start": first.isoformat(), "realtime_end": last.isoformat()}
        return self._get("series", series_id, span, lambda body: decode_units(body, series_id))

    def _vintage_days(self, series_id: str) -> list[date]:
        """Days on which anything of the series was released or revised."""
        found: list[date] = []
        while True:
            paging: dict[str, str | int] = {"limit": _VINTAGES_A_PAGE, "offset": len(found)}
            asked = {"series_id": series_id, **paging}
            count, days = self._get("series/vintagedates", series_id, asked, decode_vintages)
            found += days
            if _all_there(len(found), count, len(days), f"vintages of {series_id}"):
                return sorted(set(found))

    def _rows(self, request: SeriesRequest, first: date, last: date) -> Iterator[Vintage]:
        begun = 0
        while True:
            asked: dict[str, str | int] = {
                "series_id": request.series_id,
                "realtime_start": first.isoformat(),
                "realtime_end": last.isoformat(),
                "observation_start": _date(request.start_ns),
                "observation_end": _date(request.end_ns - 1),
                "output_type": 1,
                "sort_order": "asc",
                "limit": _ROWS_A_PAGE,
                "offset": begun,
            }
            decode = partial(decode_page, asked=asked)
            count, rows = self._get("series/observations", request.series_id, asked, decode)
            yield from rows
            begun += len(rows)
            if _all_there(begun, count, len(rows), f"rows of {request.series_id}"):
                return

    def _get(self, path: str, what: str, asked: Mapping[str, str | int], decode: Callable[[bytes], T]) -> T:
        try:
            return self._client.get(f"fred/{path}", {**asked, "file_type": "json"}, decode)
        except NoDataError as error:
            said = error.message.partition(" was answered with ")[2]
            if "api_key" in said:
                message = f"FRED refuses the key: {said}"
                raise MissingKeyError(message, "Check TRADEWIND_FRED_API_KEY.") from error
            if "does not exist" in said or _NO_VINTAGES[1] in said.lower():
                message = f"FRED has no series {what!r}: {said}"
                raise UnknownSymbolError(message, "Check its id at fred.stlouisfed.org.") from error
            raise


def _spans(days: list[date]) -> Iterator[tuple[date, date]]:
    """Real-time periods of at most a thousand vintages each, without a gap, the last one ending with them.

    Each begins with a vintage, and what holds there is told anew.
    """
    for at in range(0, len(days), _VINTAGES_A_CALL):
        after = days[at + _VINTAGES_A_CALL] if at + _VINTAGES_A_CALL < len(days) else None
        yield days[at], days[-1] if after is None else after - timedelta(days=1)


def _all_there(there: int, count: int, new: int, what: str) -> bool:
    """Whether the last page has come; MalformedPayloadError where pages end before all have."""
    if there < count and not new:
        message = f"FRED has {count} {what}, and gave {there}."
        raise MalformedPayloadError(message, "Ask again later.")
    return there >= count


def _date(ts_ns: int) -> str:
    return max(from_ns(ts_ns).date(), _EARLIEST).isoformat()
