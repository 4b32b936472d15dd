"""The source: news of stocks, coins and currencies with Alpha Vantage's own scores, a thousand a call."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.instruments import AssetClass, canonical_symbol, symbol_of
from tradewind.core.texts import TextKind, TextPage, TextRequest
from tradewind.data.describing import usual_class
from tradewind.data.policy.provider_policy import PolicySettings
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.registry import TEXTS
from tradewind.data.texts.asking import Manners, TextClient, require_kind, wanted_symbol
from tradewind.data.texts.paging import Answered
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.alpha_vantage.history import ALPHA_VANTAGE, FREE
from tradewind.data.vendors.alpha_vantage.text_wire import decode_feed, minute_of

KEY = "TRADEWIND_ALPHA_VANTAGE_API_KEY"
NEWS = replace(FREE, cache_ttl_s=600.0)
"""The calls are those of its prices; news is remembered for ten minutes."""

PAGE = 1_000
_PREFIX = {AssetClass.CRYPTO: "CRYPTO:", AssetClass.FX: "FOREX:"}


@TEXTS.register("alpha_vantage")
class AlphaVantageTexts:
    """News of US stocks, coins and currencies with its own score by symbol; a key, 25 calls a day.

    Scores may be computed long after publication and times are the publishers' claims, so an article counts
    from when it was fetched.
    """

    name = "alpha_vantage"
    kinds = (TextKind.NEWS,)
    publication_delay_s: float | None = None

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = ALPHA_VANTAGE,
        settings: PolicySettings = NEWS,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._key = api_key
        manners = Manners(folder, settings, clock, sleep, random)
        params = {"apikey": api_key or Secret("")}
        self._client = TextClient(self.name, base_url, manners, secret_params=params)
        self.policy = self._client.policy

    def texts(self, request: TextRequest) -> Iterator[TextPage]:
        """News that is about a symbol by its own judgement, oldest first."""
        kind = require_kind(self.name, self.kinds, request.kind)
        ticker = _ticker(wanted_symbol(self.name, request))
        key = require_key(self.name, KEY, self._key)
        last = minute_of(min(request.end_ns, self._client.now_ns()))

        def ask(at: str) -> Answered:
            params: dict[str, str | int] = {
                "function": "NEWS_SENTIMENT",
                "tickers": ticker,
                "time_from": at or minute_of(request.start_ns),
                "time_to": last,
                "sort": "EARLIEST",
                "limit": PAGE,
            }
            return self._client.get("query", params, lambda body: decode_feed(body, ticker, PAGE, key))

        return self._client.pages(request, ask, kind)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _ticker(symbol: str) -> str:
    """``AAPL``, ``CRYPTO:BTC`` of ``BTC/USD``, ``FOREX:EUR`` of ``EUR/USD``."""
    canonical = canonical_symbol(symbol_of(symbol))
    prefix = _PREFIX.get(usual_class(canonical))
    return f"{prefix}{canonical.partition('/')[0]}" if prefix else us_symbol(symbol, "Alpha Vantage")
