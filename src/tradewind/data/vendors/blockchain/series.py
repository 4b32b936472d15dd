"""The provider: charts of the Bitcoin network, a value a day.

Source: Blockchain.com, "Charts & Statistics API": ``GET /charts/NAME?start=DATE&timespan=Ndays&format=json``
gives ``status``, ``unit``, ``period`` and ``values`` of seconds ``x`` and numbers ``y``; ``sampled=false``
leaves no day out. An answer has a title for people and not the chart's name.
"""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, from_ns
from tradewind.data.policy.call_budget import CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for, require_finite
from tradewind.data.stamps import step_ns_of

BLOCKCHAIN = "https://api.blockchain.info"
POLITE = PolicySettings("blockchain", (CallLimit(1, 10.0),), timeout_s=30.0)
"""One call in ten seconds (Blockchain.com, "Blockchain Data API")."""

LAGS_NS = {"minute": NS_PER_HOUR, "hour": 2 * NS_PER_HOUR, "day": 2 * NS_PER_DAY}
"""By the period of a chart, how long after its begin a value is taken as known: a day after it is over."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_EARLIEST_NS = 1_230_940_800 * 1_000_000_000  # 2009-01-03, the first block


class _Point(msgspec.Struct, frozen=True):
    x: int
    y: float


class _Chart(msgspec.Struct, frozen=True):
    status: str
    unit: str
    period: str
    values: list[_Point]


_decoder = msgspec.json.Decoder(_Chart)


def decode_chart(body: bytes, series_id: str) -> list[Observation]:
    """The points of a chart in any order.

    Raises
    ------
    MalformedPayloadError
        Its status or period is none that is documented, or a time or number is none.
    """
    said = _decoder.decode(body)
    if said.status != "ok" or said.period not in LAGS_NS:
        message = f"Its status is {said.status!r} and its period {said.period!r}."
        raise MalformedPayloadError(message, f"Periods are {', '.join(LAGS_NS)}.")
    step_ns = step_ns_of([point.x for point in said.values]) if said.values else 1
    lag_ns = LAGS_NS[said.period]
    return [
        Observation(
            series_id,
            point.x * step_ns,
            point.x * step_ns + lag_ns,
            require_finite(point.y, f"{series_id} at {point.x}"),
            said.unit,
        )
        for point in said.values
    ]


@SERIES.register("blockchain")
class BlockchainSeries:
    """The Bitcoin network by day: hash rate, addresses, fees, mempool, volume; known a day later; no key."""

    name = "blockchain"
    known: ClassVar[Mapping[str, str]] = {
        "hash-rate": "hash rate",
        "n-unique-addresses": "addresses used",
        "transaction-fees": "fees paid, in bitcoin",
        "mempool-size": "size of what waits to be confirmed",
        "n-transactions": "confirmed transactions",
        "estimated-transaction-volume-usd": "estimated volume of transactions, in dollars",
    }

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = BLOCKCHAIN,
        settings: PolicySettings = POLITE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._client = PolicedClient(self.policy, base_url)

    def observations(self, request: SeriesRequest) -> Observations:
        """The values of the periods asked for, without those of a day that is not over.

        Blockchain.com does not say when it published a value: it is taken as known a day after its day is
        over (an hour later where there are several an hour). What it changes afterwards is kept by the store
        as a revision known when it was seen.

        Raises
        ------
        UnknownSymbolError
            There is no such chart.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        if not _NAME.fullmatch(request.series_id):
            message = f"{request.series_id!r} is no name of a chart."
            raise UnknownSymbolError(message, "Write hash-rate or n-transactions.")
        now_ns = self.policy.clock.now_ns()
        start_ns = max(request.start_ns, _EARLIEST_NS)
        days = max(-(-(min(request.end_ns, now_ns) - start_ns) // NS_PER_DAY) + 1, 1)
        params: dict[str, str | int] = {
            "start": from_ns(start_ns).date().isoformat(),
            "timespan": f"{days}days",
            "sampled": "false",
            "format": "json",
        }
        chart = request.series_id
        rows = self._client.get(f"charts/{chart}", params, lambda body: decode_chart(body, chart))
        return asked_for(observations_of(chart, self.name, rows), request, now_ns)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
