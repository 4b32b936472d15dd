"""The provider: the newest half hours, four hours and days of a coin."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from tradewind.core.clock import Clock
from tradewind.core.errors import NoDataError, UnknownSymbolError
from tradewind.core.instruments import canonical_symbol, symbol_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S
from tradewind.data.candles import Candles, closed_bars, require_timeframe, sound_bars
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.coingecko.wire import decode_coins, decode_days, decode_ohlc

T = TypeVar("T")

COINGECKO = "https://api.coingecko.com"
FREE = PolicySettings("coingecko", (CallLimit(10, PER_MINUTE),))
"""10 calls a minute are let through without a key (CoinGecko, "Common Errors & Rate Limit": 5 to 15)."""

SPANS = {Timeframe.M30: (1,), Timeframe.H4: (7, 14, 30), Timeframe.D1: tuple(range(1, 366))}
"""Days up to now that an answer may reach back: CoinGecko sets the length of its bars by them."""

_COINS = 250
_PAGES = 4
_LIST_TTL_S = NS_PER_DAY / NS_PER_S
_SETTLE_NS = 60 * NS_PER_S
_BAD_CURRENCY = "vs_currency"


@PROVIDERS.register("coingecko")
class CoinGeckoProvider:
    """Coins by an average over exchanges: coarse, without volume, the newest alone; no key needed.

    Half hours of the last day, four hours of the last 30 days, and days of the last year, of which only the
    closes are known. Nobody trades at these prices: they are a second opinion, not a market.
    """

    name = "coingecko"

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

    def symbols(self) -> Sequence[str]:
        """Empty: the list of all coins is large and not asked for just to be shown."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed bars with ``start_ns <= ts_event < end_ns``, as far back as CoinGecko has them.

        Raises
        ------
        UnknownSymbolError
            None of its thousand largest coins has the symbol, or it does not price in that currency.
        NoDataError
            It has nothing in that span, or not that timeframe.
        MissingKeyError
            The key is wrong.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        frame = require_timeframe("CoinGecko", request.timeframe, tuple(SPANS))
        base, mark, quote = canonical_symbol(symbol_of(request.instrument_id)).partition("/")
        if not mark:
            message = f"{request.instrument_id!r} is not a coin and its currency."
            raise UnknownSymbolError(message, "Write BTC/USD.")
        return closed_bars(
            request,
            self._closed(self._coin(base), quote, frame, request.start_ns),
            source=self.name,
            calendar="24/7",
            known_until_ns=self.policy.clock.now_ns() - _SETTLE_NS,
            has_ohlc=frame is not Timeframe.D1,
            has_volume=False,
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns, without rows that cannot be used."""
        return sound_bars(self.raw_bars(request))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _closed(self, coin: str, quote: str, frame: Timeframe, start_ns: int) -> Candles:
        back = -(-(self.policy.clock.now_ns() - start_ns) // NS_PER_DAY)
        days = next((span for span in SPANS[frame] if span >= back), SPANS[frame][-1])
        params: dict[str, str | int] = {"vs_currency": quote.lower(), "days": days}
        if frame is Timeframe.D1:
            days_params = {**params, "interval": "daily"}
            return self._fetch(
                f"{coin}/market_chart", days_params, lambda body: decode_days(body, frame.length_ns), coin
            )
        return self._fetch(f"{coin}/ohlc", params, lambda body: decode_ohlc(body, frame.length_ns), coin)

    def _coin(self, symbol: str) -> str:
        """CoinGecko's name of a coin, from its list of the largest, not older than a day."""
        for page in range(1, _PAGES + 1):
            params: dict[str, str | int] = {
                "vs_currency": "usd",
                "order": "market_cap_desc",
                "per_page": _COINS,
                "page": page,
            }
            known = self._client.get("api/v3/coins/markets", params, decode_coins, ttl_s=_LIST_TTL_S)
            if symbol in known:
                return known[symbol]
            if len(known) == 0:
                break
        message = f"None of CoinGecko's {_PAGES * _COINS} largest coins is called {symbol!r}."
        raise UnknownSymbolError(message, "Check the symbol's spelling at CoinGecko.")

    def _fetch(self, path: str, params: dict[str, str | int], decode: Callable[[bytes], T], coin: str) -> T:
        try:
            return self._client.get(f"api/v3/coins/{path}", params, decode)
        except NoDataError as error:
            if _BAD_CURRENCY not in error.message.partition(": ")[2]:
                raise
            message = f"CoinGecko does not price {coin} in {str(params['vs_currency']).upper()}."
            raise UnknownSymbolError(message, "Use a currency such as USD, EUR or BTC.") from error
