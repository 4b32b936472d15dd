"""The provider: the newest day from a quote, or candles where the key's plan has them."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

import numpy as np

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, NoDataError, NoTimeframeError, StaleDataError
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S, iso
from tradewind.data.calendars import stamp_days, trading_days
from tradewind.data.candles import (
    Candles,
    candles_of,
    closed_bars,
    joined,
    require_span,
    require_timeframe,
    session_closes,
    sound_bars,
)
from tradewind.data.policy.call_budget import PER_MINUTE, CallLimit
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, require_key
from tradewind.data.raw import RawBars
from tradewind.data.registry import PROVIDERS
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.finnhub.wire import decode_candles, decode_quote

T = TypeVar("T")

FINNHUB = "https://finnhub.io"
FREE = PolicySettings("finnhub", (CallLimit(60, PER_MINUTE),))
"""60 calls a minute (Finnhub, "Rate Limits", free plan)."""

FEEDS = ("quote", "candle")
FRAMES = {
    Timeframe.M1: "1",
    Timeframe.M5: "5",
    Timeframe.M15: "15",
    Timeframe.M30: "30",
    Timeframe.D1: "D",
}
"""Its hours begin with the clock's, half an hour off the session: ours are made of half hours."""

CALENDAR = "XNYS"
_PAGE_NS = 30 * NS_PER_DAY
"""An intraday answer has a month at most."""

_SETTLE_NS = 2 * NS_PER_S
_DAY_SETTLE_NS = 20 * NS_PER_MINUTE  # the closing auction is reported after the close
_PRESENT_NS = NS_PER_HOUR  # what ends in it may still change, so it is never answered from the cache
_NEAR_CLOSE_NS = 5 * NS_PER_MINUTE


@PROVIDERS.register("finnhub")
class FinnhubProvider:
    """US stocks: the newest day with a free key (``feed: quote``), candles with a paid one (``candle``).

    Daily candles come adjusted for splits by Finnhub and are marked so; minutes and quotes are as traded.
    """

    name = "finnhub"

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        feed: str = "quote",
        base_url: str = FINNHUB,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        if feed not in FEEDS:
            message = f"Finnhub has no feed {feed!r}."
            raise ConfigError(
                message, f"Use {' or '.join(FEEDS)}.", location=("providers", "finnhub", "feed")
            )
        self.feed = feed
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        headers = {"X-Finnhub-Token": api_key or Secret("")}
        self._client = PolicedClient(self.policy, base_url, secret_headers=headers)

    def symbols(self) -> Sequence[str]:
        """Empty: the list of all symbols is large and not asked for just to be shown."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed bars with ``start_ns <= ts_event < end_ns``.

        Raises
        ------
        MissingKeyError
            The key is not set, is wrong, or its plan has no candles.
        UnknownSymbolError
            Finnhub has no such symbol, or it is no listing of the USA.
        NoDataError
            It has nothing of it in that span, or not that timeframe.
        StaleDataError
            It answered with what is older than the span, or with a quote that stopped before the close.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        quoted = self.feed == "quote"
        frame = require_timeframe("Finnhub", request.timeframe, tuple(FRAMES))
        if quoted and frame is not Timeframe.D1:
            message = f"Finnhub's quotes make no {frame.value} bars."
            raise NoTimeframeError(message, "Set its feed to candle with a paid key.", offers=("1d",))
        symbol = us_symbol(request.instrument_id, "Finnhub")
        days = frame is Timeframe.D1
        return closed_bars(
            request,
            self._newest_day(symbol) if quoted else self._candles(symbol, frame, request),
            source=f"finnhub-{self.feed}",
            calendar=CALENDAR,
            known_until_ns=self.policy.clock.now_ns() - (_DAY_SETTLE_NS if days else _SETTLE_NS),
            has_volume=not quoted,
            adjusted=days and not quoted,
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns, without rows that cannot be used."""
        return sound_bars(self.raw_bars(request))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _newest_day(self, symbol: str) -> Candles:
        """The day that a quote is of, by its close; a typed error where it is not of the close."""
        now_ns = self.policy.clock.now_ns()
        quote = self._get("quote", {"symbol": symbol}, lambda body: decode_quote(body, symbol), 0.0)
        near = trading_days(CALENDAR, quote.traded_ns - 5 * NS_PER_DAY, quote.traded_ns + 5 * NS_PER_DAY)
        begun = int(np.searchsorted(near.open_ns, quote.traded_ns, side="right")) - 1
        close = int(near.close_ns[begun])
        if close <= now_ns - _DAY_SETTLE_NS and quote.traded_ns < close - _NEAR_CLOSE_NS:
            message = (
                f"The quote of {symbol} is of {iso(quote.traded_ns)}, and its day closed at {iso(close)}."
            )
            raise StaleDataError(message, "Try again later, or use another provider.")
        if quote.traded_ns > close + _DAY_SETTLE_NS:
            message = (
                f"The quote of {symbol} is of {iso(quote.traded_ns)}, after its day closed at {iso(close)}."
            )
            raise NoDataError(message, "Its last price is not the day's close: use another provider.")
        return candles_of([close], [(quote.open, quote.high, quote.low, quote.last, 0.0)])

    def _candles(self, symbol: str, frame: Timeframe, request: BarRequest) -> Candles:
        days, length = frame is Timeframe.D1, frame.length_ns
        begin = -(-(request.start_ns - length) // NS_PER_S) * NS_PER_S
        begin -= begin % NS_PER_DAY if days else 0  # days are labelled by their date's midnight in UTC
        end = min(request.end_ns, self.policy.clock.now_ns())
        step = max(end - begin, 1) if days else _PAGE_NS
        pages = [self._page(symbol, frame, at, min(at + step, end)) for at in range(begin, end, step)]
        labelled = joined([page for page in pages if len(page)])
        if days:
            return Candles(stamp_days(CALENDAR, labelled.time_ns // NS_PER_DAY), labelled.figures)
        closes, inside = session_closes(CALENDAR, labelled.time_ns, length)
        return Candles(closes, labelled.figures).take(inside)

    def _page(self, symbol: str, frame: Timeframe, from_ns: int, to_ns: int) -> Candles:
        params: dict[str, str | int] = {
            "symbol": symbol,
            "resolution": FRAMES[frame],
            "from": from_ns // NS_PER_S,
            "to": (to_ns - 1) // NS_PER_S,
        }
        past = to_ns < self.policy.clock.now_ns() - _PRESENT_NS - NS_PER_DAY

        def decode(body: bytes) -> Candles:
            return require_span(decode_candles(body), from_ns, to_ns)

        return self._get("stock/candle", params, decode, None if past else 0.0)

    def _get(
        self, path: str, params: dict[str, str | int], decode: Callable[[bytes], T], ttl_s: float | None
    ) -> T:
        require_key(self.name, "TRADEWIND_FINNHUB_API_KEY", self._key)
        return self._client.get(f"api/v1/{path}", params, decode, ttl_s=ttl_s)
