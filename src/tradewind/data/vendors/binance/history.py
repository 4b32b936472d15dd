"""The provider: klines page by page, snapshots of order books, and what a pair is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, MalformedPayloadError, NoDataError, UnknownSymbolError
from tradewind.core.instruments import FeeSchedule, Instrument, canonical_symbol, symbol_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Floats, Ints
from tradewind.core.ports import BarRequest, Listing
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_S, iso
from tradewind.data.listing import with_fees
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS
from tradewind.data.streams.depth import DepthSnapshot, decode_snapshot
from tradewind.data.vendors.binance.exchange_info import VENUE, decode_instrument, decode_listing
from tradewind.data.vendors.binance.klines import decode_klines
from tradewind.data.vendors.binance.symbols import binance_symbol

T = TypeVar("T")

BINANCE = "https://api.binance.com"
FREE = PolicySettings("binance", (CallLimit(6_000, PER_MINUTE),))
"""6,000 of weight a minute and address (Binance Spot API, "Limits")."""

PAGE = 1_000
KLINES_WEIGHT = 2
INFO_WEIGHT = 20
_INFO_TTL_S = NS_PER_DAY / NS_PER_S
_DEPTH_WEIGHTS = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
_SETTLE_NS = 2 * NS_PER_S
_NS_PER_MS = 1_000_000
_PRESENT_NS = NS_PER_HOUR  # what ends in it may still change, so it is never answered from the cache


_INVALID_SYMBOL = '"code":-1121'  # spaces aside


@PROVIDERS.register("binance")
class BinanceProvider:
    """Coins day and night; bars as traded on Binance's spot market, stamped by their close.

    A bar is taken as closed two seconds after its end, so that a local clock that is a little ahead does not
    let one in that is still being made.
    """

    name = "binance"
    venue = VENUE

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = BINANCE,
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
        """Empty: the list of all pairs is large and not asked for just to be shown."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed klines with ``start_ns <= ts_event < end_ns``.

        Raises
        ------
        UnknownSymbolError
            Binance has no such pair.
        NoDataError
            It has the pair and nothing in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        frame = Timeframe(request.timeframe)
        pair = binance_symbol(request.instrument_id)
        end_ns = min(request.end_ns, self.policy.clock.now_ns() - _SETTLE_NS + 1)
        pages = self._pages(pair, frame, request.start_ns, end_ns)
        if not pages:
            message = (
                f"Binance has no closed {frame.value} bar of {request.instrument_id} in the span asked for."
            )
            raise NoDataError(message, f"It was {iso(request.start_ns)} to {iso(request.end_ns)}.")
        closed = np.concatenate([closes for closes, _ in pages])
        figures = np.concatenate([values for _, values in pages])
        open_, high, low, close, volume = np.ascontiguousarray(figures.T)
        return RawBars(
            instrument_id=request.instrument_id,
            timeframe=frame.value,
            ts_event=closed,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            source="binance",
            calendar="24/7",
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns; the rows were checked as they were read."""
        return bars_from_raw(self.raw_bars(request))

    def instrument(self, symbol: str) -> Instrument:
        """What ``BTC/USDT`` is on Binance: its grids by the exchange's own word, not older than a day.

        Raises
        ------
        UnknownSymbolError
            Binance has no such pair, or does not trade it now.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        pair = binance_symbol(symbol)

        def decode(body: bytes) -> Instrument:
            return decode_instrument(body, canonical_symbol(symbol_of(symbol)), pair)

        found = self._fetch("exchangeInfo", {"symbol": pair}, decode, INFO_WEIGHT, _INFO_TTL_S)
        return with_fees(found, self._fees)

    def list_instruments(self, group: str = "") -> Listing:
        """All pairs that Binance trades now, in one request of some 15 MB, not older than a day.

        Raises
        ------
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        if group not in ("", "crypto"):
            return Listing(())
        found = self._fetch("exchangeInfo", {}, decode_listing, INFO_WEIGHT, _INFO_TTL_S)
        return replace(found, instruments=tuple(with_fees(one, self._fees) for one in found.instruments))

    def depth(self, symbol: str, levels: int = 1_000) -> DepthSnapshot:
        """An order book's best levels now, to start or restart a book from; never from the cache."""
        weight = next((weight for limit, weight in _DEPTH_WEIGHTS if levels <= limit), None)
        if weight is None or levels < 1:
            message = f"Binance has no snapshot of {levels} levels."
            raise ConfigError(message, "Ask for 1 to 5000 levels.")
        params: dict[str, str | int] = {"symbol": binance_symbol(symbol), "limit": levels}
        return self._fetch("depth", params, decode_snapshot, weight, 0.0)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _pages(self, pair: str, frame: Timeframe, start_ns: int, end_ns: int) -> list[tuple[Ints, Floats]]:
        """``(closes, figures)`` of one request after another, cut to ``start_ns <= close < end_ns``."""
        pages: list[tuple[Ints, Floats]] = []
        opens_from = max(start_ns - frame.length_ns, 0)
        while opens_from + frame.length_ns < end_ns:
            opened, closed, figures = self._page(pair, frame, opens_from, end_ns - 1)
            wanted = (closed >= start_ns) & (closed < end_ns)
            if wanted.any():
                pages.append((closed[wanted], figures[wanted]))
            if len(opened) < PAGE:
                break
            opens_from = int(opened[-1]) + _NS_PER_MS
        return pages

    def _page(self, pair: str, frame: Timeframe, from_ns: int, to_ns: int) -> tuple[Ints, Ints, Floats]:
        params: dict[str, str | int] = {
            "symbol": pair,
            "interval": frame.value,
            "startTime": -(-from_ns // _NS_PER_MS),
            "endTime": to_ns // _NS_PER_MS,
            "limit": PAGE,
        }

        def decode(body: bytes) -> tuple[Ints, Ints, Floats]:
            opened, closed, figures = decode_klines(body)
            if len(opened) and opened[0] < from_ns:
                raise MalformedPayloadError("Klines came from before the time that was asked for.")
            return opened, closed, figures

        past = to_ns < self.policy.clock.now_ns() - _PRESENT_NS
        ttl_s = None if past else 0.0
        return self._fetch("klines", params, decode, KLINES_WEIGHT, ttl_s)

    def _fetch(
        self,
        path: str,
        params: dict[str, str | int],
        decode: Callable[[bytes], T],
        weight: int,
        ttl_s: float | None,
    ) -> T:
        try:
            return self._client.get(f"api/v3/{path}", params, decode, cost=weight, ttl_s=ttl_s)
        except NoDataError as error:
            if _INVALID_SYMBOL not in error.message.replace(" ", ""):
                raise
            message = f"Binance has no {params['symbol']!r}."
            raise UnknownSymbolError(message, "Check the pair's spelling at Binance.") from error
