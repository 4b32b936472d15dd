"""The provider of Alpha Vantage's ready-made indicators, as they are told today."""

import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

from tradewind.core.clock import Clock
from tradewind.core.errors import UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for
from tradewind.data.vendors.alpha_vantage.history import ALPHA_VANTAGE, FREE
from tradewind.data.vendors.alpha_vantage.indicators import decode_indicator

INTERVALS = ("1min", "5min", "15min", "30min", "60min", "daily")
"""Weeks and months are left out: they are dated by their last day, which moves until they are over."""

_ID = re.compile(
    r"(?P<symbol>[A-Za-z0-9.^-]+)/(?P<function>[A-Z][A-Z0-9_]*)/(?P<interval>[0-9a-z]+)"
    r"(/(?P<time_period>[0-9]{1,5}))?(/(?P<series_type>close|open|high|low))?(/(?P<output>[A-Z][A-Za-z_ ]*))?"
)


@SERIES.register("alpha_vantage")
class AlphaVantageSeries:
    """Ready-made indicators of US stocks by day and minute, rewritten with hindsight; a key, 25 calls a day.

    They are computed from prices that every split and dividend changes backwards, so a value is known since
    it was asked for and no earlier. Factors of our own say the same of the past without looking ahead.
    """

    name = "alpha_vantage"
    known: ClassVar[Mapping[str, str]] = {
        "MSFT/SMA/daily/50/close": "Microsoft: average of 50 closes",
        "MSFT/RSI/daily/14/close": "Microsoft: relative strength index of 14 days",
        "MSFT/MACD/daily/close/MACD_Hist": "Microsoft: MACD less its signal",
        "MSFT/BBANDS/daily/20/close/Real Upper Band": "Microsoft: upper Bollinger band of 20 days",
    }

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
        self._client = PolicedClient(self.policy, base_url, secret_params={"apikey": api_key or Secret("")})

    def observations(self, request: SeriesRequest) -> Observations:
        """Values of the periods asked for, all known now; that of a day that is not over is of so far.

        Raises
        ------
        MissingKeyError
            The key is not set, is wrong, or is not entitled to it.
        UnknownSymbolError
            The id is none, or there is no such symbol, indicator or output.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        key = require_key(self.name, "TRADEWIND_ALPHA_VANTAGE_API_KEY", self._key)
        asked, output = of_id(request.series_id)
        decode = partial(decode_indicator, asked=asked, output=output, key=key)
        rows = self._client.get("query", asked, decode)
        now_ns = self.policy.clock.now_ns()
        made = (Observation(request.series_id, period, now_ns, value, "") for period, value in rows)
        found = observations_of(request.series_id, self.name, made, seen=True)
        return asked_for(found, request, now_ns)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def of_id(series_id: str) -> tuple[dict[str, str | int], str]:
    """Fields of the question, and the output that is wanted."""
    found = _ID.fullmatch(series_id)
    if found is None or found["interval"] not in INTERVALS:
        message = f"{series_id!r} is no id of an indicator."
        step = f"Write MSFT/SMA/daily/50/close; intervals are {', '.join(INTERVALS)}."
        raise UnknownSymbolError(message, step)
    fields: dict[str, str | int] = {
        word: text for word, text in found.groupdict().items() if text is not None
    }
    return fields, str(fields.pop("output", fields["function"]))
