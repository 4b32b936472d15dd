"""The provider: factor returns as they are told today, known since they were asked for."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import ClassVar

from tradewind.core.clock import Clock
from tradewind.core.errors import UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for, begin_of
from tradewind.data.vendors.fama_french.wire import decode_factor

LIBRARY = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp"
POLITE = PolicySettings("fama_french", (CallLimit(10, PER_MINUTE),), timeout_s=60.0, cache_ttl_s=3_600.0)
"""It publishes no limit; its files change once a month."""

FILES = {
    "daily": "F-F_Research_Data_Factors_daily",
    "monthly": "F-F_Research_Data_Factors",
    "daily5": "F-F_Research_Data_5_Factors_2x3_daily",
    "monthly5": "F-F_Research_Data_5_Factors_2x3",
    "daily-momentum": "F-F_Momentum_Factor_daily",
    "monthly-momentum": "F-F_Momentum_Factor",
}
"""By the first word of an id; the second is a column of the file."""


@SERIES.register("fama_french")
class FamaFrenchSeries:
    """Returns of the Fama-French factors, percent of a day or month; rewritten with hindsight; no key.

    Every edition recomputes the past, and nobody says what it was before: a value is known since it was asked
    for and no earlier. For attribution of what has been, not for deciding in a backtest.
    """

    name = "fama_french"
    known: ClassVar[Mapping[str, str]] = {
        "daily/Mkt-RF": "market less riskless, by day",
        "daily/SMB": "small less big, by day",
        "daily/HML": "value less growth, by day",
        "daily/RF": "riskless, by day",
        "daily5/RMW": "robust less weak profitability, by day",
        "daily5/CMA": "conservative less aggressive investment, by day",
        "daily-momentum/Mom": "winners less losers, by day",
        "monthly/Mkt-RF": "market less riskless, by month",
        "monthly/SMB": "small less big, by month",
        "monthly/HML": "value less growth, by month",
    }

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = LIBRARY,
        settings: PolicySettings = POLITE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._client = PolicedClient(self.policy, base_url)

    def observations(self, request: SeriesRequest) -> Observations:
        """Returns in percent of the periods asked for, all known now.

        Raises
        ------
        UnknownSymbolError
            There is no such file, or no such factor in it.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        word, _, column = request.series_id.partition("/")
        if word not in FILES or not column:
            message = f"There is no series {request.series_id!r} of the Fama-French factors."
            raise UnknownSymbolError(message, f"Write {' or '.join(FILES)}, then a factor: daily/Mkt-RF.")
        digits = 8 if word.startswith("daily") else 6
        rows = self._client.get(
            f"{FILES[word]}_CSV.zip", {}, lambda body: decode_factor(body, column, digits)
        )
        now_ns = self.policy.clock.now_ns()
        made = (
            Observation(request.series_id, begin_of(day), now_ns, value, "percent") for day, value in rows
        )
        found = observations_of(request.series_id, self.name, made, seen=True)
        return asked_for(found, request, now_ns)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
