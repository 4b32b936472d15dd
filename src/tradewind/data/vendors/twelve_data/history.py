"""The provider: time series of stocks, currencies and coins, in spans that one answer can hold."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, NoDataError, UnknownSymbolError
from tradewind.core.instruments import AssetClass, canonical_symbol, symbol_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S, from_ns
from tradewind.data.adjustment import adjust
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
from tradewind.data.describing import usual_class
from tradewind.data.ex_dates import NEW_YORK, actions_of
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.us_listings import US_VENUES, us_symbol
from tradewind.data.vendors.twelve_data.actions import CREDITS, Dated, decode_dividends, decode_splits
from tradewind.data.vendors.twelve_data.wire import candles, dates, decode_series, moments

TWELVE_DATA = "https://api.twelvedata.com"
FREE = PolicySettings("twelve_data", (CallLimit(8, PER_MINUTE), CallLimit(800, PER_DAY)))
"""8 credits a minute and 800 a day, a series is one (Twelve Data, "Pricing", basic plan)."""

FEEDS = ("prices", "actions")
PAGE = 5_000
"""Rows an answer can hold."""

FRAMES = {
    Timeframe.M1: "1min",
    Timeframe.M5: "5min",
    Timeframe.M15: "15min",
    Timeframe.M30: "30min",
    Timeframe.D1: "1day",
}
"""Hours of stocks may begin with the clock's, half an hour off the session: ours are made of half hours."""

# By which its days are cut; minutes of currencies keep the hours of their market.
_CALENDARS = {AssetClass.EQUITY: "XNYS", AssetClass.FX: "UTC/5", AssetClass.CRYPTO: "24/7"}
_BEFORE_NS = 14 * NS_PER_DAY  # a dividend needs the close before it, over the longest holidays too
_SETTLE_NS = 2 * NS_PER_S
_DAY_SETTLE_NS = 20 * NS_PER_MINUTE  # the closing auction is reported after the close
_PRESENT_NS = NS_PER_HOUR  # what ends in it may still change, so it is never answered from the cache


@PROVIDERS.register("twelve_data")
class TwelveDataProvider:
    """US stocks, currencies and coins by minutes and days; a key, 8 calls a minute.

    Stocks are as traded. ``feed`` ``prices`` (free) tells nothing of their splits and dividends, ``actions``
    asks for them as well: 20 credits each, of a paid plan.
    """

    name = "twelve_data"

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        feed: str = FEEDS[0],
        base_url: str = TWELVE_DATA,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        if feed not in FEEDS:
            message, at = f"Twelve Data has no feed {feed!r}.", ("providers", "twelve_data", "feed")
            raise ConfigError(message, f"Use {' or '.join(FEEDS)}.", location=at)
        self.feed = feed
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        self._client = PolicedClient(self.policy, base_url, secret_params={"apikey": api_key or Secret("")})

    def symbols(self) -> Sequence[str]:
        """Empty: the list of all symbols is large and not asked for just to be shown."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed bars with ``start_ns <= ts_event < end_ns``, with the actions in that span where asked for.

        Raises
        ------
        MissingKeyError
            The key is not set, is wrong, or is not entitled to the symbol.
        UnknownSymbolError
            Twelve Data has no such symbol.
        NoDataError
            It has nothing of it in that span, or not that timeframe.
        StaleDataError
            It answered with what is older than the span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        bars = self.traded_bars(request)
        if (
            self.feed == "prices"
            or usual_class(canonical_symbol(symbol_of(request.instrument_id))) is not AssetClass.EQUITY
        ):
            return bars
        symbol = us_symbol(request.instrument_id, "Twelve Data")
        before = replace(request, start_ns=request.start_ns - _BEFORE_NS, timeframe=Timeframe.D1.value)
        daily = self._by_close(symbol, AssetClass.EQUITY, Timeframe.D1, before)
        span = request.start_ns, min(request.end_ns, self.policy.clock.now_ns())
        splits = self._dated("splits", symbol, span, decode_splits)
        dividends = self._dated("dividends", symbol, span, decode_dividends)
        actions = actions_of(request.instrument_id, splits, dividends, daily, self.name)
        return replace(bars, actions=actions).between(request.start_ns, request.end_ns)

    def traded_bars(self, request: BarRequest) -> RawBars:
        """As :meth:`raw_bars`, without asking for actions."""
        frame = require_timeframe("Twelve Data", request.timeframe, tuple(FRAMES))
        name = canonical_symbol(symbol_of(request.instrument_id))
        kind = usual_class(name)
        symbol = us_symbol(request.instrument_id, "Twelve Data") if kind is AssetClass.EQUITY else name
        stock_day = frame is Timeframe.D1 and kind is AssetClass.EQUITY
        return closed_bars(
            request,
            self._by_close(symbol, kind, frame, request),
            source=self.name,
            calendar="24/5" if kind is AssetClass.FX and frame is not Timeframe.D1 else _CALENDARS[kind],
            known_until_ns=self.policy.clock.now_ns() - (_DAY_SETTLE_NS if stock_day else _SETTLE_NS),
            has_volume=kind is AssetClass.EQUITY,
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns, adjusted as of the request's end where actions are known."""
        raw = self.raw_bars(request)
        clean = sound_bars(raw)
        return clean if raw.actions is None else adjust(clean, raw.actions, request.end_ns - 1)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _dated(
        self, what: str, symbol: str, span: tuple[int, int], decode: Callable[[bytes, str, Secret], Dated]
    ) -> Dated:
        key = require_key(self.name, "TRADEWIND_TWELVE_DATA_API_KEY", self._key)
        first, last = (from_ns(at).astimezone(NEW_YORK).date().isoformat() for at in span)
        params = {"symbol": symbol, "country": "United States", "start_date": first, "end_date": last}
        return self._client.get(what, params, lambda body: decode(body, symbol, key), cost=CREDITS)

    def _by_close(self, symbol: str, kind: AssetClass, frame: Timeframe, request: BarRequest) -> Candles:
        length, now_ns = frame.length_ns, self.policy.clock.now_ns()
        begin = -(-(request.start_ns - length) // NS_PER_S) * NS_PER_S  # it is asked in whole seconds
        if frame is Timeframe.D1:
            begin -= begin % NS_PER_DAY  # days are asked for by their date
        end = min(request.end_ns, now_ns)
        step = PAGE * length
        pages = [self._page(symbol, kind, frame, at, min(at + step, end)) for at in range(begin, end, step)]
        labelled = joined([page for page in pages if len(page)])
        if frame is Timeframe.D1:
            days = labelled.time_ns // NS_PER_DAY
            return Candles(stamp_days(_CALENDARS[kind], days), labelled.figures)
        if kind is not AssetClass.EQUITY:
            return Candles(labelled.time_ns + length, labelled.figures)
        closes, inside = session_closes("XNYS", labelled.time_ns, length)
        return Candles(closes, labelled.figures).take(inside)

    def _page(self, symbol: str, kind: AssetClass, frame: Timeframe, from_ns: int, to_ns: int) -> Candles:
        """Rows labelled within ``from_ns <= label < to_ns``; a date is labelled by its midnight in UTC."""
        key = require_key(self.name, "TRADEWIND_TWELVE_DATA_API_KEY", self._key)
        params: dict[str, str | int] = {
            "symbol": symbol,
            "interval": FRAMES[frame],
            "start_date": _label(from_ns),
            "end_date": _label(to_ns - 1),
            "timezone": "Exchange" if frame is Timeframe.D1 and kind is AssetClass.EQUITY else "UTC",
            "order": "ASC",
            "outputsize": PAGE,
        }
        if kind is AssetClass.EQUITY:
            params |= {"adjust": "none", "country": "United States"}

        def decode(body: bytes) -> Candles:
            meta, values = decode_series(body, symbol, FRAMES[frame], key)
            if kind is AssetClass.EQUITY and meta.mic_code and meta.mic_code not in US_VENUES:
                message = (
                    f"Twelve Data has {symbol} on {meta.exchange or meta.mic_code}, no exchange of the USA."
                )
                raise UnknownSymbolError(message, "Ask another provider.")
            days = frame is Timeframe.D1
            times = dates(values) * NS_PER_DAY if days else moments(values)
            return require_span(candles(times, values), from_ns, to_ns)

        past = to_ns < self.policy.clock.now_ns() - _PRESENT_NS - NS_PER_DAY
        try:
            return self._client.get("time_series", params, decode, ttl_s=None if past else 0.0)
        except NoDataError as error:
            if "no data is available" not in error.message.lower():
                raise
            return candles(dates([]), [])  # a span without trading is no error: others may have some


def _label(ts_ns: int) -> str:
    return from_ns(ts_ns).strftime("%Y-%m-%d %H:%M:%S")
