"""The provider: facts of companies' reports, each known since its filing was accepted."""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import ClassVar, TypeVar

from tradewind.core.clock import Clock
from tradewind.core.errors import MissingKeyError, UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.data.policy.call_budget import CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for, begin_of
from tradewind.data.vendors.sec.wire import (
    INSTANT,
    LENGTHS,
    decode_acceptances,
    decode_facts,
    last_of_a_moment,
)

T = TypeVar("T")

SEC = "https://data.sec.gov"
FAIR = PolicySettings("sec", (CallLimit(10, 1.0),), timeout_s=30.0, cache_ttl_s=3_600.0)
"""Ten calls a second, and a name behind them (SEC, "Accessing EDGAR Data")."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@SERIES.register("sec")
class SecSeries:
    """What companies reported to the SEC, every revision since its filing was accepted; no key, a contact.

    An id is ``CIK/TAXONOMY/TAG/LENGTH``, and a unit where it is not USD: ``320193/us-gaap/NetIncomeLoss/3m``,
    ``320193/us-gaap/EarningsPerShareDiluted/12m/USD/shares``, ``320193/us-gaap/Assets/instant``.
    """

    name = "sec"
    known: ClassVar[Mapping[str, str]] = {
        "320193/us-gaap/NetIncomeLoss/3m": "Apple: net income of a quarter",
        "320193/us-gaap/EarningsPerShareDiluted/12m/USD/shares": "Apple: diluted earnings a share, of a year",
        "320193/us-gaap/Assets/instant": "Apple: assets at the end of a quarter",
        "789019/us-gaap/NetIncomeLoss/3m": "Microsoft: net income of a quarter",
    }

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

    def observations(self, request: SeriesRequest) -> Observations:
        """Every value that any filing gave for the periods asked for.

        It is known when its filing was accepted, and not before six in New York of the filing's day; of a
        filing that is not among the company's newest thousand, when that day is over.

        Raises
        ------
        MissingKeyError
            No contact is set, or the SEC refuses it.
        UnknownSymbolError
            The id is none, or the company never reported that tag, unit or length.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        if not self._contact:
            message = "The SEC wants to know who asks, and providers.sec.contact is not set."
            raise MissingKeyError(message, "Set it to a name and an e-mail address: Ann Lee ann@example.com.")
        cik, taxonomy, tag, length, unit = of_id(request.series_id)
        path = f"api/xbrl/companyconcept/CIK{cik:010d}/{taxonomy}/{tag}.json"
        facts = self._client.get(path, {}, lambda body: decode_facts(body, cik, taxonomy, tag))
        if (unit, length) not in facts:
            there = ", ".join(sorted(f"{span}/{one}" for one, span in facts if span)) or "nothing"
            message = f"There is no {tag} of {cik} as {length}/{unit}."
            raise UnknownSymbolError(message, f"There is: {there}.")
        path = f"submissions/CIK{cik:010d}.json"
        accepted = self._client.get(path, {}, lambda body: decode_acceptances(body, cik))
        rows = [
            Observation(request.series_id, begin_of(fact.begins), known_ns, fact.value, unit)
            for fact, known_ns in last_of_a_moment(facts[unit, length], accepted)
        ]
        found = observations_of(request.series_id, self.name, rows)
        return asked_for(found, request, self.policy.clock.now_ns())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def of_id(series_id: str) -> tuple[int, str, str, str, str]:
    """CIK, taxonomy, tag, length and unit of an id."""
    parts = series_id.split("/", 4)
    lengths = (INSTANT, *LENGTHS)
    number = parts[0].removeprefix("CIK")
    sound = len(parts) >= 4 and number.isdecimal() and number.isascii() and len(number) <= 10
    if not sound or parts[3] not in lengths or not all(map(_WORD.fullmatch, parts[1:3])):
        message = f"{series_id!r} is no id of a fact."
        step = (
            "Write 320193/us-gaap/NetIncomeLoss/3m, a company's CIK first"
            f" (sec.gov/search-filings/cik-lookup); lengths are {', '.join(lengths)}."
        )
        raise UnknownSymbolError(message, step)
    return int(number), parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "USD"
