"""The provider: days of stocks, currencies and coins, and stocks' minutes a month at a time."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import AssetClass, canonical_symbol, symbol_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns, Ints
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_MINUTE, NS_PER_S, from_ns
from tradewind.data.adjustment import CorporateAction, adjust, nearest_split
from tradewind.data.calendars import stamp_days, trading_days
from tradewind.data.candles import (
    Candles,
    candles_of,
    closed_bars,
    joined,
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
from tradewind.data.us_listings import us_symbol
from tradewind.data.vendors.alpha_vantage.wire import (
    Series,
    days,
    decode_series,
    extra,
    figures,
    moments,
    require_meta,
)

ALPHA_VANTAGE = "https://www.alphavantage.co"
_LIMITS = (CallLimit(5, PER_MINUTE), CallLimit(25, PER_DAY))
FREE = PolicySettings("alpha_vantage", _LIMITS, cache_ttl_s=3_600.0)
"""5 calls a minute and 25 a day (Alpha Vantage, "Support"), so an answer is remembered for an hour."""

FEEDS = ("daily", "daily_adjusted")
STOCK_FRAMES = {
    Timeframe.M1: "1min",
    Timeframe.M5: "5min",
    Timeframe.M15: "15min",
    Timeframe.M30: "30min",
    Timeframe.D1: "",
}
"""Its hours begin with the clock's, half an hour off the session: ours are made of half hours."""

_DAYS_ALONE = (Timeframe.D1,)
_CALENDARS = {AssetClass.EQUITY: "XNYS", AssetClass.FX: "UTC/5", AssetClass.CRYPTO: "24/7"}
_SETTLE_NS = 2 * NS_PER_S
_DAY_SETTLE_NS = 20 * NS_PER_MINUTE  # the closing auction is reported after the close
_COMPACT_NS = 130 * NS_PER_DAY  # its short answer has the newest 100 rows


@PROVIDERS.register("alpha_vantage")
class AlphaVantageProvider:
    """US stocks, currencies and coins by day, stocks by minutes too; a key, 25 calls a day.

    ``feed`` ``daily`` (free) has stocks as traded and tells of no splits or dividends, ``daily_adjusted``
    (paid) has both beside the same prices.
    """

    name = "alpha_vantage"

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        feed: str = "daily",
        base_url: str = ALPHA_VANTAGE,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        if feed not in FEEDS:
            message = f"Alpha Vantage has no feed {feed!r}."
            at = ("providers", "alpha_vantage", "feed")
            raise ConfigError(message, f"Use {' or '.join(FEEDS)}.", location=at)
        self.feed = feed
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        self._client = PolicedClient(self.policy, base_url, secret_params={"apikey": api_key or Secret("")})

    def symbols(self) -> Sequence[str]:
        """Empty: the list of all symbols is large and not asked for just to be shown."""
        return ()

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Closed bars with ``start_ns <= ts_event < end_ns``.

        Raises
        ------
        MissingKeyError
            The key is not set, is wrong, or is not entitled to what was asked for.
        UnknownSymbolError
            Alpha Vantage has no such symbol.
        NoDataError
            It has nothing of it in that span, or not that timeframe.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`; the calls of the minute
            or the day being used up is RateLimitedError too.
        """
        kind = usual_class(canonical_symbol(symbol_of(request.instrument_id)))
        offers = tuple(STOCK_FRAMES) if kind is AssetClass.EQUITY else _DAYS_ALONE
        frame = require_timeframe("Alpha Vantage", request.timeframe, offers)
        actions: tuple[CorporateAction, ...] | None = None
        settle_ns = _SETTLE_NS
        if kind is not AssetClass.EQUITY:
            closed = self._pair_days(request, kind)
        elif frame is Timeframe.D1:
            closed, actions = self._stock_days(request)
            settle_ns = _DAY_SETTLE_NS
        else:
            closed = self._minutes(request, frame)
        return closed_bars(
            request,
            closed,
            source="alpha_vantage",
            calendar=_CALENDARS[kind],
            known_until_ns=self.policy.clock.now_ns() - settle_ns,
            has_volume=kind is not AssetClass.FX,
            actions=actions,
        )

    def bars(self, request: BarRequest) -> BarColumns:
        """The same as columns, adjusted as of the request's end where actions are known."""
        raw = self.raw_bars(request)
        clean = sound_bars(raw)
        return clean if raw.actions is None else adjust(clean, raw.actions, request.end_ns - 1)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _pair_days(self, request: BarRequest, kind: AssetClass) -> Candles:
        """Days of a currency or a coin, from midnight to midnight UTC."""
        base, _, quote = canonical_symbol(symbol_of(request.instrument_id)).partition("/")
        if kind is AssetClass.FX:
            params = {"function": "FX_DAILY", "from_symbol": base, "to_symbol": quote}
            size = {"outputsize": self._size(request)}
            said = self._series({**params, **size}, from_symbol=base, to_symbol=quote)
        else:
            params = {"function": "DIGITAL_CURRENCY_DAILY", "symbol": base, "market": quote}
            said = self._series(params, digital_currency_code=base, market_code=quote)
        closes = stamp_days(_CALENDARS[kind], np.array(days(said), dtype=np.int64))
        return candles_of(closes, figures(said, quote))

    def _stock_days(self, request: BarRequest) -> tuple[Candles, tuple[CorporateAction, ...] | None]:
        symbol = us_symbol(request.instrument_id, "Alpha Vantage")
        function = f"TIME_SERIES_{self.feed.upper()}"
        params = {"function": function, "symbol": symbol, "outputsize": self._size(request)}
        said = self._series(params, symbol=symbol)
        numbers = days(said)
        daily = candles_of(stamp_days("XNYS", np.array(numbers, dtype=np.int64)), figures(said))
        if self.feed == "daily":
            return daily, None
        dates = [date(1970, 1, 1) + timedelta(days=number) for number in numbers]
        ratios, paid = extra(said, "split coefficient", "1"), extra(said, "dividend amount", "0")
        splits = [(day, _split(r)) for day, r in zip(dates, ratios, strict=True) if r not in (0.0, 1.0)]
        dividends = [(day, amount) for day, amount in zip(dates, paid, strict=True) if amount > 0.0]
        return daily, actions_of(request.instrument_id, splits, dividends, daily, self.name)

    def _minutes(self, request: BarRequest, frame: Timeframe) -> Candles:
        """Intraday bars of the months of the request, as traded and in the session."""
        symbol = us_symbol(request.instrument_id, "Alpha Vantage")
        now_ns = self.policy.clock.now_ns()
        parts = []
        for month in _months(request.start_ns - frame.length_ns, min(request.end_ns, now_ns)):
            params = {
                "function": "TIME_SERIES_INTRADAY",
                "symbol": symbol,
                "interval": STOCK_FRAMES[frame],
                "month": month,
                "outputsize": "full",
                "adjusted": "false",
                "extended_hours": "false",
            }
            said = self._series(params, symbol=symbol, interval=STOCK_FRAMES[frame])
            parts.append(_by_close(moments(said), frame))
        return joined([part for part in parts if len(part)])

    def _size(self, request: BarRequest) -> str:
        recent = request.start_ns >= self.policy.clock.now_ns() - _COMPACT_NS
        return "compact" if recent else "full"

    def _series(self, params: dict[str, str], **meta: str) -> Series:
        key = require_key(self.name, "TRADEWIND_ALPHA_VANTAGE_API_KEY", self._key)
        what = f"{params['function']} of {params.get('symbol') or params.get('from_symbol')}"

        def decode(body: bytes) -> Series:
            said = decode_series(body, what, key)
            require_meta(said, **meta)
            return said

        return self._client.get("query", params, decode)


def _split(ratio: float) -> float:
    """7.000007 is 7: coefficients come with rounding in them."""
    return nearest_split(ratio, 1e-4) or ratio


def _by_close(labelled: Candles, frame: Timeframe) -> Candles:
    """Rows by their close. Alpha Vantage labelled bars by their close once and does by their open now.

    Which of the two it is shows at the edges of a session: only labels of opens meet its open, only labels
    of closes its close. Where neither is there they are taken as opens: a bar may then be late, never early.
    """
    if not len(labelled):
        return labelled
    low, high = int(labelled.time_ns[0]), int(labelled.time_ns[-1])
    known = trading_days("XNYS", low - NS_PER_DAY, high + 4 * NS_PER_DAY)
    opens = _meets(labelled.time_ns, known.open_ns)
    if not opens and _meets(labelled.time_ns, known.close_ns):
        return labelled.take(known.find(labelled.time_ns) >= 0)
    closes, inside = session_closes("XNYS", labelled.time_ns, frame.length_ns)
    return Candles(closes, labelled.figures).take(inside)


def _meets(times: Ints, edges: Ints) -> bool:
    return bool(np.isin(times, edges).any())


def _months(start_ns: int, end_ns: int) -> Iterator[str]:
    """Months in New York that the span touches, such as ``2024-07``."""
    day = from_ns(start_ns).astimezone(NEW_YORK).date().replace(day=1)
    last = from_ns(end_ns).astimezone(NEW_YORK).date()
    while day <= last:
        yield f"{day:%Y-%m}"
        day = (day + timedelta(days=32)).replace(day=1)
