"""The calendar of filings: when companies of the USA reported, by the moment of acceptance."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, MissingKeyError, NoDataError, UnknownSymbolError
from tradewind.core.releases import CalendarRequest, Release, Releases, ReleaseStatus, Timing, releases_of
from tradewind.core.timestamps import to_ns
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret
from tradewind.data.registry import CALENDARS
from tradewind.data.release_rows import releases_asked_for
from tradewind.data.series_rows import read_date
from tradewind.data.vendors.sec.series import FAIR, SEC
from tradewind.data.vendors.sec.wire import EDGAR_OPENS, NEW_YORK

REPORTS = ("10-K", "10-Q", "20-F", "40-F")
RESULTS = "2.02"
"""The item of an 8-K under which results of a quarter are announced, mostly before the report itself."""

_CIK = re.compile(r"(CIK)?0*(?P<number>[1-9][0-9]{0,9})", re.ASCII)


class _Recent(msgspec.Struct, frozen=True, rename="camel"):
    accession_number: list[str]
    filing_date: list[str]
    report_date: list[str]
    acceptance_date_time: list[str]
    form: list[str]
    items: list[str]


class _Filings(msgspec.Struct, frozen=True):
    recent: _Recent


class _Submissions(msgspec.Struct, frozen=True):
    cik: str | int
    filings: _Filings


_submissions = msgspec.json.Decoder(_Submissions)


@CALENDARS.register("sec")
class SecCalendar:
    """When companies reported to the SEC (10-K, 10-Q, results by 8-K), since acceptance; no key, a contact.

    An id is a company's CIK: ``320193``. What is to come is not said: filings are known when they are there.
    """

    name = "sec"
    known: ClassVar[Mapping[str, str]] = {"320193": "Apple", "789019": "Microsoft"}

    def __init__(
        self,
        folder: Path,
        *,
        contact: str = "",
        base_url: str = SEC,
        settings: PolicySettings = FAIR,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._contact = contact
        headers = {"User-Agent": Secret(contact)} if contact else {}
        self._client = PolicedClient(self.policy, base_url, secret_headers=headers)

    def releases(self, request: CalendarRequest) -> Releases:
        """Reports and results among the company's newest thousand filings or so.

        Raises
        ------
        MissingKeyError
            No contact is set, or the SEC refuses it.
        UnknownSymbolError
            The id is none, or no company has it.
        NoDataError
            None is in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        if not self._contact:
            message = "The SEC wants to know who asks, and providers.sec.contact is not set."
            raise MissingKeyError(message, "Set it to a name and an e-mail address: Ann Lee ann@example.com.")
        given = _CIK.fullmatch(request.calendar)
        if given is None:
            message = f"{request.calendar[:40]!r} is no company's CIK."
            raise UnknownSymbolError(message, "Write sec:320193 (sec.gov/search-filings/cik-lookup).")
        cik, now_ns = int(given["number"]), self.policy.clock.now_ns()
        path = f"submissions/CIK{cik:010d}.json"
        try:
            rows = self._client.get(path, {}, partial(decode_filings, cik=cik))
        except NoDataError as error:
            if " 404" in error.message:
                message = f"The SEC has no company of the CIK {cik}."
                raise UnknownSymbolError(message, "Look it up: sec.gov/search-filings/cik-lookup.") from error
            raise
        out = [row for row in rows if row.ts_known <= now_ns]
        return releases_asked_for(releases_of(request.calendar, self.name, out, now_ns), request)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def decode_filings(body: bytes, cik: int) -> list[Release]:
    """Reports and results, each at the moment at which its filing was accepted and given out.

    Source: SEC, "EDGAR Application Programming Interfaces", ``submissions``. Moments are read as New York's
    clock (see :mod:`tradewind.data.vendors.sec.wire`): never early, and at most five hours late.

    Raises
    ------
    MalformedPayloadError
        It is of another company, its columns differ in length, or a date or moment is none.
    """
    said = _submissions.decode(body)
    recent = said.filings.recent
    columns = [getattr(recent, name) for name in recent.__struct_fields__]
    if str(said.cik).lstrip("0") != str(cik) or len({len(column) for column in columns}) != 1:
        message = f"It is of {said.cik} where {cik} was asked for, or its columns differ in length."
        raise MalformedPayloadError(message)
    found = []
    for accn, filed, period, accepted, form, items in zip(*columns, strict=True):
        results = form == "8-K" and RESULTS in items.split(",")
        if form not in REPORTS and not results:
            continue
        moment_ns = _given_out(accn, filed, accepted)
        of = f" of {read_date(period, accn).isoformat()}" if period and not results else ""
        what = f"results ({form} item {RESULTS})" if results else f"{form}{of}"
        found.append(
            Release(accn, moment_ns, moment_ns, moment_ns, Timing.EXACT, ReleaseStatus.RELEASED, what)
        )
    return found


def _given_out(accn: str, filed: str, accepted: str) -> int:
    try:
        clock = datetime.fromisoformat(accepted).replace(tzinfo=NEW_YORK)
    except ValueError as error:
        message = f"The moment of acceptance of {accn} is {accepted[:40]!r}."
        raise MalformedPayloadError(message) from error
    opened = datetime.combine(read_date(filed, f"the filing {accn}"), EDGAR_OPENS, NEW_YORK)
    return to_ns(max(clock, opened))
