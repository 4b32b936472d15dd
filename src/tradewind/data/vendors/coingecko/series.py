"""The provider of CoinGecko's figures of the whole market: total value, volume, and the part of each coin.

Source: CoinGecko API, "Crypto Global Market Data": ``GET /api/v3/global`` has the figures of now and when
they were made (``updated_at``, seconds). Their history is sold and not asked for.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tradewind.core.clock import Clock
from tradewind.core.errors import StaleDataError, UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.core.timestamps import NS_PER_S, iso
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for, require_finite
from tradewind.data.stamps import step_ns_of
from tradewind.data.vendors.coingecko.history import COINGECKO, FREE

LONGEST_S = 7_200.0
"""It makes them every ten minutes; what is older than this is refused."""


class _Market(msgspec.Struct, frozen=True):
    total_market_cap: dict[str, float]
    total_volume: dict[str, float]
    market_cap_percentage: dict[str, float]
    updated_at: int


class _Answer(msgspec.Struct, frozen=True):
    data: _Market


_decoder = msgspec.json.Decoder(_Answer)
_PERCENT = "percent"


def decode_global(body: bytes) -> tuple[int, dict[str, tuple[float, str]]]:
    """When the figures were made, UTC ns, and each with its unit by the id of its series."""
    said = _decoder.decode(body).data
    figures = {f"market-value/{name}": (value, name.upper()) for name, value in said.total_market_cap.items()}
    figures |= {f"volume/{name}": (value, name.upper()) for name, value in said.total_volume.items()}
    figures |= {f"dominance/{name}": (part, _PERCENT) for name, part in said.market_cap_percentage.items()}
    for name, (value, _) in figures.items():
        require_finite(value, name)
    return said.updated_at * step_ns_of([said.updated_at]), figures


@SERIES.register("coingecko")
class CoinGeckoSeries:
    """The whole market in coins, as it is now: value, volume of a day, dominance; no key needed.

    A series grows by what is fetched: there is no history to be had.
    """

    name = "coingecko"
    known: ClassVar[Mapping[str, str]] = {
        "market-value/usd": "value of all coins, in dollars",
        "volume/usd": "volume of all coins over 24 hours, in dollars",
        "dominance/btc": "bitcoin's part of the value of all coins",
        "dominance/eth": "ether's part of the value of all coins",
    }

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = COINGECKO,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        headers = {"x-cg-demo-api-key": api_key} if api_key else {}
        self._client = PolicedClient(self.policy, base_url, secret_headers=headers)

    def observations(self, request: SeriesRequest) -> Observations:
        """The value of now; its period is the moment at which it was made, known when it was asked for.

        Raises
        ------
        UnknownSymbolError
            There is no such figure, currency or coin.
        NoDataError
            The span does not hold the moment.
        StaleDataError
            What it answered is older than two hours.
        MissingKeyError
            The key is wrong.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        made_ns, figures = self._client.get("api/v3/global", {}, decode_global)
        now_ns = self.policy.clock.now_ns()
        if request.series_id not in figures:
            message = f"CoinGecko's figures of the market have no {request.series_id!r}."
            raise UnknownSymbolError(message, "Write market-value/usd, volume/usd or dominance/btc.")
        if now_ns - made_ns > LONGEST_S * NS_PER_S:
            message = f"CoinGecko's figures of the market are of {iso(made_ns)}."
            raise StaleDataError(message, f"No more than {LONGEST_S:.0f} s are allowed; try again later.")
        value, unit = figures[request.series_id]
        row = Observation(request.series_id, made_ns, now_ns, value, unit)
        return asked_for(observations_of(request.series_id, self.name, [row], seen=True), request, now_ns)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
