"""The calendar of macro releases: days on which a release of FRED came out, and is to come out."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, MissingKeyError, NoDataError, UnknownSymbolError
from tradewind.core.releases import CalendarRequest, Release, Releases, ReleaseStatus, Timing, releases_of
from tradewind.core.timestamps import from_ns
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import CALENDARS
from tradewind.data.release_rows import day_span, releases_asked_for
from tradewind.data.series_rows import end_of, read_date
from tradewind.data.vendors.fred.series import FRED, FREE, ST_LOUIS

_EARLIEST, _FOREVER = date(1776, 7, 4), "9999-12-31"
_PAGE = 10_000
_ID = re.compile(r"[0-9]{1,6}", re.ASCII)


class _Row(msgspec.Struct, frozen=True):
    release_id: int
    date: str


class _Page(msgspec.Struct, frozen=True):
    realtime_start: str
    realtime_end: str
    count: int
    offset: int
    release_dates: list[_Row]


_page = msgspec.json.Decoder(_Page)


@CALENDARS.register("fred")
class FredCalendar:
    """Days of macro releases of the USA, past ones known when they were over, coming ones since asked; a key.

    An id is a release's number: ``10`` is consumer prices. FRED says days and no hours.
    """

    name = "fred"
    known: ClassVar[Mapping[str, str]] = {
        "10": "Consumer Price Index",
        "9": "Advance Monthly Sales for Retail and Food Services",
        "13": "G.17 Industrial Production and Capacity Utilization",
        "46": "Producer Price Index",
        "50": "Employment Situation",
        "53": "Gross Domestic Product",
        "54": "Personal Income and Outlays",
        "101": "FOMC Press Release",
        "180": "Unemployment Insurance Weekly Claims",
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

    def releases(self, request: CalendarRequest) -> Releases:
        """Days of the span; when a coming day was first announced FRED does not say.

        Raises
        ------
        MissingKeyError
            The key is not set, or wrong.
        UnknownSymbolError
            There is no such release.
        NoDataError
            None is in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        require_key(self.name, "TRADEWIND_FRED_API_KEY", self._key)
        if not _ID.fullmatch(request.calendar):
            message = f"{request.calendar[:40]!r} is no number of a release."
            raise UnknownSymbolError(message, "Write fred:10; fred.stlouisfed.org/releases lists them.")
        now_ns = self.policy.clock.now_ns()
        rows = [self._release(day, request.calendar, now_ns) for day in self._days(request)]
        found = releases_of(request.calendar, self.name, rows, now_ns, (now_ns, request.end_ns))
        return releases_asked_for(found, request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _release(self, day: date, calendar: str, now_ns: int) -> Release:
        over_ns = end_of(day, ST_LOUIS)
        out = over_ns <= now_ns
        status = ReleaseStatus.RELEASED if out else ReleaseStatus.SCHEDULED
        known_ns = over_ns if out else now_ns
        what = self.known.get(calendar, "")
        return Release(day.isoformat(), known_ns, *day_span(day), Timing.DAY, status, what)

    def _days(self, request: CalendarRequest) -> list[date]:
        found: list[date] = []
        while True:
            asked: dict[str, str | int] = {
                "release_id": request.calendar,
                "realtime_start": max(from_ns(request.start_ns).date(), _EARLIEST).isoformat(),
                "realtime_end": _FOREVER,
                "include_release_dates_with_no_data": "true",
                "sort_order": "asc",
                "limit": _PAGE,
                "offset": len(found),
            }
            count, days = self._get(request.calendar, asked)
            found += days
            if len(found) >= count:
                return sorted(set(found))
            if not days:
                message = f"FRED has {count} days of the release {request.calendar}, and gave {len(found)}."
                raise MalformedPayloadError(message, "Ask again later.")

    def _get(self, calendar: str, asked: Mapping[str, str | int]) -> tuple[int, list[date]]:
        decode = partial(decode_days, asked=asked)
        try:
            return self._client.get("fred/release/dates", {**asked, "file_type": "json"}, decode)
        except NoDataError as error:
            said = error.message.partition(" was answered with ")[2]
            if "api_key" in said:
                message = f"FRED refuses the key: {said}"
                raise MissingKeyError(message, "Check TRADEWIND_FRED_API_KEY.") from error
            if "does not exist" in said:
                message = f"FRED has no release {calendar}: {said}"
                raise UnknownSymbolError(message, "fred.stlouisfed.org/releases lists them.") from error
            raise


def decode_days(body: bytes, asked: Mapping[str, str | int]) -> tuple[int, list[date]]:
    """How many days there are in all, and those of this page.

    Source: FRED API, "fred/release/dates" with ``file_type=json``.

    Raises
    ------
    MalformedPayloadError
        It is of another span, page or release, or a day is none.
    """
    said = _page.decode(body)
    for name in ("realtime_start", "realtime_end", "offset"):
        if getattr(said, name) != asked[name]:
            message = f"Its {name} is {getattr(said, name)}, and {asked[name]} was asked for."
            raise MalformedPayloadError(message)
    for row in said.release_dates:
        if str(row.release_id) != asked["release_id"]:
            message = f"The release {row.release_id} came where {asked['release_id']} was asked for."
            raise MalformedPayloadError(message)
    return said.count, [read_date(row.date, "a release") for row in said.release_dates]
