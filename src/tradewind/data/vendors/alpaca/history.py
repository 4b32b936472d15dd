"""The provider: bars of stocks and coins page by page, with the stocks' splits and dividends."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import TypeVar
from urllib.parse import quote

import numpy as np

from tradewind.core.clock import Clock
from tradewind.core.errors import (
    ConfigError,
    MalformedPayloadError,
    MissingKeyError,
    NoDataError,
    UnknownSymbolError,
)
from tradewind.core.instruments import Instrument, canonical_symbol, symbol_of, venue_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest, Listing
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S, from_ns
from tradewind.data.adjustment import CorporateAction, adjust
from tradewind.data.calendar_rules import day_number
from tradewind.data.calendars import stamp_days
from tradewind.data.candles import (
    Candles,
    closed_bars,
    joined,
    require_span,
    require_timeframe,
    session_closes,
    sound_bars,
)
from tradewind.data.ex_dates import NEW_YORK, actions_of
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.alpaca.assets import VENUE, decode_asset, decode_assets
from tradewind.data.vendors.alpaca.wire import ActionPage, BarPage, decode_actions, decode_bars

T = TypeVar("T")

ALPACA = "https://data.alpaca.markets"
TRADING = ("https://paper-api.alpaca.markets", "https://api.alpaca.markets")
FREE = PolicySettings("alpaca", (CallLimit(200, PER_MINUTE),))
"""200 calls a minute (Alpaca, "About Market Data API", basic plan)."""

FEEDS = ("iex", "sip")
PAGE = 10_000
_INFO_TTL_S = 86_400.0
_KINDS = {"equity": "us_equity", "crypto": "crypto"}
_MIC = len("XNAS")
STOCK_FRAMES = {
    Timeframe.M1: "1Min",
    Timeframe.M5: "5Min",
    Timeframe.M15: "15Min",
    Timeframe.M30: "30Min",
    Timeframe.D1: "1Day",
}
"""Alpaca's hours begin with the clock's, half an hour off the session: ours are made of half hours."""

COIN_FRAMES = {
    Timeframe.M1: "1Min",
    Timeframe.M5: "5Min",
    Timeframe.M15: "15Min",
    Timeframe.M30: "30Min",
    Timeframe.H1: "1Hour",
}
"""Alpaca's days of coins do not begin at midnight UTC: ours are made of hours."""

CALENDAR = "XNYS"
_SETTLE_NS = 2 * NS_PER_S
_DAY_SETTLE_NS = 20 * NS_PER_MINUTE  # the closing auction is reported after the close
_PRESENT_NS = NS_PER_HOUR  # what ends in it may still change, so it is never answered from the cache
_BEFORE_NS = 14 * NS_PER_DAY  # a dividend needs the close before it, over the longest holidays too


@PROVIDERS.register("alpaca")
class AlpacaProvider:
    """US stocks with splits and dividends beside, and coins; as traded, stamped by their close; a key.

    ``feed`` is ``iex`` (one exchange, free) or ``sip`` (all exchanges). They are two series, stored under
    ``alpaca-iex`` and ``alpaca-sip``. Trading outside of hours is left out.
    """

    name = "alpaca"
    follows_names = True
    """By its parameter `asof`, which is today where it is not given (Alpaca, "Historical bars")."""
    venue = VENUE

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        api_secret: Secret | None = None,
        feed: str = "iex",
        base_url: str = ALPACA,
        trading_urls: Sequence[str] = TRADING,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        if feed not in FEEDS:
            message = f"Alpaca has no feed {feed!r}."
            raise ConfigError(message, f"Use {' or '.join(FEEDS)}.", location=("providers", "alpaca", "feed"))
        self.feed = feed
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._keys = {"API_KEY": api_key, "API_SECRET": api_secret}
        headers = {
            "APCA-API-KEY-ID": api_key or Secret(""),
            "APCA-API-SECRET-KEY": api_secret or Secret(""),
        }
        self._client = PolicedClient(self.policy, base_url, secret_headers=headers)
        self._trading = [PolicedClient(self.policy, url, secret_headers=headers) for url in trading_urls]

    def symbols(self) -> Sequence[str]:
        """Empty: the list of all stocks is large and not asked for just to be shown."""
        return ()

    def instrument(self, symbol: str) -> Instrument:
        """What ``BTC/USD`` or ``AAPL`` is at Alpaca, by its own word, not older than a day.

        Keys are of paper or of live trading: the second host is asked where the first refuses them.

        Raises
        ------
        MissingKeyError
            A key is not set, or neither host takes it.
        UnknownSymbolError
            Alpaca has no such asset, or does not trade it now.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        asked = canonical_symbol(symbol.strip().upper().removesuffix(f".{VENUE}"))
        listed = len(venue_of(asked)) == _MIC  # the dot of AAPL.XNAS; that of BRK.B is of its symbol
        name = asked if "/" in asked else us_symbol(asked if listed else f"{asked}.{VENUE}", "Alpaca")
        path = f"v2/assets/{quote(name, safe='')}"
        try:
            return self._ask_trading(path, {}, lambda body: decode_asset(body, name))
        except NoDataError as error:
            if " 404" not in error.message:
                raise
        message = f"Alpaca has no asset {name!r}."
        raise UnknownSymbolError(message, "Check the symbol's spelling at Alpaca.")

    def list_instruments(self, group: str = "") -> Listing:
        """All stocks and coins that Alpaca trades now, a request for each class, not older than a day.

        Raises
        ------
        MissingKeyError
            A key is not set, or neither host takes it.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        parts = [
            self._ask_trading("v2/assets", {"status": "active", "asset_class": kind}, decode_assets)
            for of_group, kind in _KINDS.items()
            if group in ("", of_group)
        ]
        return Listing(
            tuple(one for part in parts for one in part.instruments),
            tuple(one for part in parts for one in part.left_out),
            sum(part.not_traded for part in parts),
        )

    def _ask_trading(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], T]) -> T:
        """What the first host of trading that takes the keys answers."""
        for word, key in self._keys.items():
            require_key(self.name, f"TRADEWIND_ALPACA_{word}", key)
        for client in self._trading[:-1]:
            try:
                return client.get(path, params, decode, ttl_s=_INFO_TTL_S)
            except MissingKeyError:
                continue
        return self._trading[-1].get(path, params, decode, ttl_s=_INFO_TTL_S)

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed bars with ``start_ns <= ts_event < end_ns``, stocks with the actions in that span.

        Raises
        ------
        MissingKeyError
            A key is not set, is wrong, or is not entitled to the feed.
        UnknownSymbolError
            Alpaca has no such symbol.
        NoDataError
            It has nothing of it in that span, or not that timeframe.
        StaleDataError
            It answered with what is older than the span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        pair = symbol_of(request.instrument_id).upper()
        if "/" in pair:
            return self._coin_bars(request, pair)
        symbol = us_symbol(request.instrument_id, "Alpaca")
        frame = require_timeframe("Alpaca", request.timeframe, tuple(STOCK_FRAMES))
        daily = self._days(symbol, request.start_ns - _BEFORE_NS, request.end_ns)
        closed = daily if frame is Timeframe.D1 else self._intraday(symbol, frame, request)
        return self._closed(request, frame, closed, self._actions(symbol, request, daily))

    def traded_bars(self, request: BarRequest) -> RawBars:
        """As :meth:`raw_bars`, in one request in place of three: nobody asks for days before, or actions."""
        pair = symbol_of(request.instrument_id).upper()
        if "/" in pair:
            return self._coin_bars(request, pair)
        symbol = us_symbol(request.instrument_id, "Alpaca")
        frame = require_timeframe("Alpaca", request.timeframe, tuple(STOCK_FRAMES))
        if frame is Timeframe.D1:
            closed = self._days(symbol, request.start_ns, request.end_ns)
        else:
            closed = self._intraday(symbol, frame, request)
        return self._closed(request, frame, closed, None)

    def _closed(
        self,
        request: BarRequest,
        frame: Timeframe,
        closed: Candles,
        actions: tuple[CorporateAction, ...] | None,
    ) -> RawBars:
        settle_ns = _DAY_SETTLE_NS if frame is Timeframe.D1 else _SETTLE_NS
        return closed_bars(
            request,
            closed,
            source=f"alpaca-{self.feed}",
            calendar=CALENDAR,
            known_until_ns=self.policy.clock.now_ns() - settle_ns,
            actions=actions,
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns, adjusted as of the request's end where actions are known."""
        raw = self.raw_bars(request)
        clean = sound_bars(raw)
        return clean if raw.actions is None else adjust(clean, raw.actions, request.end_ns - 1)

    def close(self) -> None:
        """Close the connections."""
        for client in (self._client, *self._trading):
            client.close()

    def _coin_bars(self, request: BarRequest, symbol: str) -> RawBars:
        frame = require_timeframe("Alpaca", request.timeframe, tuple(COIN_FRAMES))
        params: dict[str, str | int] = {"symbols": symbol, "timeframe": COIN_FRAMES[frame]}
        begin, end = request.start_ns - frame.length_ns, request.end_ns - frame.length_ns
        opened = self._pages("v1beta3/crypto/us/bars", params, symbol, begin, end)
        return closed_bars(
            request,
            Candles(opened.time_ns + frame.length_ns, opened.figures),
            source="alpaca-crypto",
            calendar="24/7",
            known_until_ns=self.policy.clock.now_ns() - _SETTLE_NS,
        )

    def _days(self, symbol: str, start_ns: int, end_ns: int) -> Candles:
        """Daily bars by their close; Alpaca labels them by midnight in New York."""
        opened = self._stock_pages(symbol, "1Day", start_ns - NS_PER_DAY, end_ns)
        days = [day_number(from_ns(int(ns)).astimezone(NEW_YORK).date()) for ns in opened.time_ns]
        return Candles(stamp_days(CALENDAR, np.array(days, dtype=np.int64)), opened.figures)

    def _intraday(self, symbol: str, frame: Timeframe, request: BarRequest) -> Candles:
        begin = request.start_ns - frame.length_ns
        opened = self._stock_pages(symbol, STOCK_FRAMES[frame], begin, request.end_ns)
        closes, inside = session_closes(CALENDAR, opened.time_ns, frame.length_ns)
        return Candles(closes, opened.figures).take(inside)

    def _stock_pages(self, symbol: str, timeframe: str, start_ns: int, end_ns: int) -> Candles:
        params: dict[str, str | int] = {
            "symbols": symbol,
            "timeframe": timeframe,
            "adjustment": "raw",
            "feed": self.feed,
        }
        return self._pages("v2/stocks/bars", params, symbol, start_ns, end_ns)

    def _pages(
        self, path: str, params: dict[str, str | int], symbol: str, start_ns: int, end_ns: int
    ) -> Candles:
        """Bars that open in ``start_ns <= time < end_ns``, whose end Alpaca counts as inside.

        What comes after a page is asked for by its time, not by its token: an answer is then remembered
        under what it holds.
        """
        until_ns = min(end_ns, self.policy.clock.now_ns())
        parts: list[Candles] = []
        begin = -(-start_ns // NS_PER_S) * NS_PER_S
        while begin < until_ns:
            page = self._page(path, params, symbol, begin, until_ns)
            parts.append(page.candles)
            if not page.more:
                break
            begin = int(page.candles.time_ns[-1]) + NS_PER_S
        return joined([part for part in parts if len(part)])

    def _page(
        self, path: str, params: dict[str, str | int], symbol: str, from_ns: int, to_ns: int
    ) -> BarPage:
        def decode(body: bytes) -> BarPage:
            page = decode_bars(body, symbol)
            inside = require_span(page.candles, from_ns, to_ns)
            if page.more and not len(inside):
                raise MalformedPayloadError("There is said to be more, and nothing of it was given.")
            return BarPage(inside, page.more)

        span: dict[str, str | int] = {
            "start": _rfc3339(from_ns),
            "end": _rfc3339(to_ns - 1),
            "limit": PAGE,
            "sort": "asc",
        }
        past = to_ns < self.policy.clock.now_ns() - _PRESENT_NS
        return self._fetch(path, {**params, **span}, decode, symbol, None if past else 0.0)

    def _actions(self, symbol: str, request: BarRequest, daily: Candles) -> tuple[CorporateAction, ...]:
        end_ns = min(request.end_ns, self.policy.clock.now_ns())
        params: dict[str, str | int] = {
            "symbols": symbol,
            "types": "forward_split,reverse_split,stock_dividend,cash_dividend",
            "start": str(_new_york_day(min(request.start_ns, end_ns))),
            "end": str(_new_york_day(end_ns)),
            "limit": 1_000,
            "sort": "asc",
        }
        splits: list[tuple[date, float]] = []
        dividends: list[tuple[date, float]] = []
        seen, token = set[str](), ""
        while token not in seen:
            seen.add(token)
            page = self._action_page(symbol, params, token)
            splits += page.splits
            dividends += page.dividends
            token = page.next_token
            if not token:
                return actions_of(request.instrument_id, splits, dividends, daily, "alpaca")
        message = f"Alpaca's pages of actions of {symbol} lead back to themselves."
        raise MalformedPayloadError(message, "Try again later.")

    def _action_page(self, symbol: str, params: dict[str, str | int], token: str) -> ActionPage:
        asked = {**params, "page_token": token} if token else params
        return self._fetch(
            "v1/corporate-actions", asked, lambda body: decode_actions(body, symbol), symbol, None
        )

    def _fetch(
        self,
        path: str,
        params: dict[str, str | int],
        decode: Callable[[bytes], T],
        symbol: str,
        ttl_s: float | None,
    ) -> T:
        for word, key in self._keys.items():
            require_key("alpaca", f"TRADEWIND_ALPACA_{word}", key)
        try:
            return self._client.get(path, params, decode, ttl_s=ttl_s)
        except NoDataError as error:
            if "invalid symbol" not in error.message.lower():
                raise
            message = f"Alpaca has no {symbol!r}."
            raise UnknownSymbolError(message, "Check the symbol's spelling at Alpaca.") from error


def _rfc3339(ts_ns: int) -> str:
    return from_ns(ts_ns).strftime("%Y-%m-%dT%H:%M:%SZ")


def _new_york_day(ts_ns: int) -> date:
    return from_ns(ts_ns).astimezone(NEW_YORK).date()
