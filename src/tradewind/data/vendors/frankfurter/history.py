"""The provider: the ECB's reference rates, a year an answer.

Source: Frankfurter, "v1": ``GET /v1/FROM..TO?base=EUR&symbols=USD`` gives rates by date. Its second version
blends many central banks unless it is told not to; the first has the ECB's alone.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import canonical_symbol, symbol_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, from_ns
from tradewind.data.calendar_rules import day_number
from tradewind.data.calendars import stamp_days
from tradewind.data.candles import Candles, candles_of, closed_bars, joined, require_span, require_timeframe
from tradewind.data.describing import FIAT
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS

FRANKFURTER = "https://api.frankfurter.dev"
POLITE = PolicySettings("frankfurter", (CallLimit(30, PER_MINUTE),))
"""It publishes no limit but one against abuse; a call every two seconds is polite."""

PAGE_DAYS = 360
"""Longer spans were answered by week at times."""

CALENDAR = "ECB"


class _Rates(msgspec.Struct, frozen=True):
    base: str
    rates: dict[date, dict[str, float]]


_decoder = msgspec.json.Decoder(_Rates)


def decode_rates(body: bytes, base: str, quote: str) -> Candles:
    """One rate a day, labelled by its date's midnight in UTC, as all four prices and no volume.

    Raises
    ------
    MalformedPayloadError
        It is of another pair, or a rate is not positive.
    """
    said = _decoder.decode(body)
    others = sorted({name for row in said.rates.values() for name in row} - {quote})
    if said.base != base or others:
        message = (
            f"Rates of {said.base}/{', '.join(others) or quote} came where {base}/{quote} was asked for."
        )
        raise MalformedPayloadError(message)
    days = sorted(day for day, row in said.rates.items() if row)
    rates = [said.rates[day][quote] for day in days]
    if any(not rate > 0 for rate in rates):
        message = f"A rate of {base}/{quote} is not positive."
        raise MalformedPayloadError(message)
    times = np.array([day_number(day) for day in days], dtype=np.int64) * NS_PER_DAY
    return candles_of(times, [(rate, rate, rate, rate, 0.0) for rate in rates])


@PROVIDERS.register("frankfurter")
class FrankfurterProvider:
    """The ECB's reference rates of currencies, one a working day since 1999, no key; closes alone.

    They are published about 16:00 in Frankfurt and stamped so. Nobody is bound to trade at them.
    """

    name = "frankfurter"

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = FRANKFURTER,
        settings: PolicySettings = POLITE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._client = PolicedClient(self.policy, base_url)

    def symbols(self) -> Sequence[str]:
        """Empty: any two of some thirty currencies are a pair."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Rates published in ``start_ns <= ts_event < end_ns``.

        Raises
        ------
        UnknownSymbolError
            It is no pair of currencies, or the ECB does not quote one of them.
        NoDataError
            There is no rate in that span, or a timeframe other than a day is asked for.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        require_timeframe("Frankfurter", request.timeframe, (Timeframe.D1,))
        base, quote = _pair(request.instrument_id)
        now_ns = self.policy.clock.now_ns()
        first, last = request.start_ns // NS_PER_DAY, min(request.end_ns, now_ns) // NS_PER_DAY
        pages = [
            self._page(base, quote, day, min(day + PAGE_DAYS - 1, last))
            for day in range(first, last + 1, PAGE_DAYS)
        ]
        labelled = joined([page for page in pages if len(page)])
        closes = stamp_days(CALENDAR, labelled.time_ns // NS_PER_DAY)
        return closed_bars(
            request,
            Candles(closes, labelled.figures),
            source=self.name,
            calendar=CALENDAR,
            known_until_ns=now_ns,
            has_ohlc=False,
            has_volume=False,
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns; the rates were checked as they were read."""
        return bars_from_raw(self.raw_bars(request))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _page(self, base: str, quote: str, first: int, last: int) -> Candles:
        """Rates of the days ``first`` to ``last`` (since 1970), both inside."""

        def decode(body: bytes) -> Candles:
            rates = decode_rates(body, base, quote)
            # A span without a fixing is answered with the one before it; that is none of ours.
            near = first * NS_PER_DAY - 7 * NS_PER_DAY
            inside = require_span(rates, near, (last + 1) * NS_PER_DAY)
            return inside.take(inside.time_ns >= first * NS_PER_DAY)

        past = (last + 2) * NS_PER_DAY < self.policy.clock.now_ns()
        path = f"v1/{_date(first)}..{_date(last)}"
        params: dict[str, str | int] = {"base": base, "symbols": quote}
        try:
            return self._client.get(path, params, decode, ttl_s=None if past else 0.0)
        except UnknownSymbolError as error:
            message = f"The ECB does not quote {base}/{quote}: {error.message}"
            raise UnknownSymbolError(message, "Ask another provider.") from error


def _pair(instrument_id: str) -> tuple[str, str]:
    base, _, quote = canonical_symbol(symbol_of(instrument_id)).partition("/")
    if not {base, quote} <= FIAT or base == quote:
        message = f"{instrument_id!r} is no pair of currencies."
        raise UnknownSymbolError(message, "Write EUR/USD; coins and stocks are other providers'.")
    return base, quote


def _date(day: int) -> str:
    return from_ns(day * NS_PER_DAY).date().isoformat()
