"""The provider: candles page by page, and what a product is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TypeVar

from tradewind.core.clock import Clock
from tradewind.core.errors import NoDataError, UnknownSymbolError
from tradewind.core.instruments import FeeSchedule, Instrument
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest, Listing
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_S
from tradewind.data.candles import (
    Candles,
    closed_bars,
    joined,
    require_span,
    require_timeframe,
    sound_bars,
)
from tradewind.data.listing import with_fees
from tradewind.data.policy.call_budget import CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.coinbase.symbols import product_id
from tradewind.data.vendors.coinbase.wire import VENUE, decode_candles, decode_product, decode_products

T = TypeVar("T")

COINBASE = "https://api.coinbase.com"
FREE = PolicySettings("coinbase", (CallLimit(10, 1.0),))
"""10 requests a second and address for public endpoints (Coinbase, "Advanced Trade API Rate Limits")."""

PAGE = 300
"""Candles a request; Coinbase allows 350."""

GRANULARITIES = {
    Timeframe.M1: "ONE_MINUTE",
    Timeframe.M5: "FIVE_MINUTE",
    Timeframe.M15: "FIFTEEN_MINUTE",
    Timeframe.M30: "THIRTY_MINUTE",
    Timeframe.H1: "ONE_HOUR",
    Timeframe.D1: "ONE_DAY",
}

_PRODUCTS = "api/v3/brokerage/market/products"
_INFO_TTL_S = NS_PER_DAY / NS_PER_S
_SETTLE_NS = 2 * NS_PER_S
_PRESENT_NS = NS_PER_HOUR  # what ends in it may still change, so it is never answered from the cache
_INVALID = ("productid is invalid", "invalid product_id", "not_found")


@PROVIDERS.register("coinbase")
class CoinbaseProvider:
    """Coins day and night, no key; bars as traded on Coinbase's spot market, stamped by their close.

    A bar is taken as closed two seconds after its end. Coinbase has no candle where nothing was traded, so
    bars of quiet pairs have gaps; none is filled in.
    """

    name = "coinbase"
    venue = VENUE

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = COINBASE,
        fees: FeeSchedule | None = None,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self._fees = fees
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._client = PolicedClient(self.policy, base_url)

    def symbols(self) -> Sequence[str]:
        """Empty: the list of all products is large and not asked for just to be shown."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed candles with ``start_ns <= ts_event < end_ns``.

        Raises
        ------
        UnknownSymbolError
            Coinbase has no such product.
        NoDataError
            It has the product and nothing in that span, or not that timeframe.
        StaleDataError
            It answered with what is older than the span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        frame = require_timeframe("Coinbase", request.timeframe, tuple(GRANULARITIES))
        product = product_id(request.instrument_id)
        known_until_ns = self.policy.clock.now_ns() - _SETTLE_NS
        end_ns = min(request.end_ns, known_until_ns + 1)
        length = frame.length_ns
        first = -(-max(request.start_ns - length, 0) // length) * length  # opens lie on the grid of UTC
        pages = [
            self._page(product, frame, begin, min(begin + PAGE * length, end_ns - length))
            for begin in range(first, end_ns - length, PAGE * length)
        ]
        opened = joined(pages)
        closed = Candles(opened.time_ns + length, opened.figures)
        return closed_bars(request, closed, source="coinbase", calendar="24/7", known_until_ns=known_until_ns)

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns, without rows that cannot be used."""
        return sound_bars(self.raw_bars(request))

    def instrument(self, symbol: str) -> Instrument:
        """What ``BTC/USD`` is on Coinbase: its grids by the exchange's own word, not older than a day.

        Raises
        ------
        UnknownSymbolError
            Coinbase has no such product, or does not trade it now.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        product = product_id(symbol)
        found = self._fetch(product, "", {}, lambda body: decode_product(body, product), _INFO_TTL_S)
        return with_fees(found, self._fees)

    def list_instruments(self, group: str = "") -> Listing:
        """All pairs that Coinbase trades now on its spot market, in one request, not older than a day.

        Raises
        ------
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        if group not in ("", "crypto"):
            return Listing(())
        found = self._client.get(_PRODUCTS, {"product_type": "SPOT"}, decode_products, ttl_s=_INFO_TTL_S)
        return replace(found, instruments=tuple(with_fees(one, self._fees) for one in found.instruments))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _page(self, product: str, frame: Timeframe, from_ns: int, to_ns: int) -> Candles:
        """Candles that open in ``from_ns <= time < to_ns``; Coinbase counts the end of a span as inside."""
        params: dict[str, str | int] = {
            "start": from_ns // NS_PER_S,
            "end": -(-to_ns // NS_PER_S) - 1,
            "granularity": GRANULARITIES[frame],
            "limit": PAGE,
        }

        def decode(body: bytes) -> Candles:
            return require_span(decode_candles(body), from_ns, to_ns)

        past = to_ns + frame.length_ns < self.policy.clock.now_ns() - _PRESENT_NS
        return self._fetch(product, "/candles", params, decode, None if past else 0.0)

    def _fetch(
        self,
        product: str,
        what: str,
        params: dict[str, str | int],
        decode: Callable[[bytes], T],
        ttl_s: float | None,
    ) -> T:
        try:
            return self._client.get(f"{_PRODUCTS}/{product}{what}", params, decode, ttl_s=ttl_s)
        except NoDataError as error:
            if not any(words in error.message.lower() for words in _INVALID):
                raise
            message = f"Coinbase has no {product!r}."
            raise UnknownSymbolError(message, "Check the pair's spelling at Coinbase.") from error
