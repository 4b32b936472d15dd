"""The provider: raw rows with their actions, point in time, from Yahoo's charts."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, NoDataError
from tradewind.core.instruments import symbol_of
from tradewind.core.market import Timeframe
from tradewind.core.panel import BarColumns
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_S, iso
from tradewind.data.adjustment import adjust
from tradewind.data.policy.call_budget import PER_DAY, PER_MINUTE, CallLimit
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.raw import RawBars, bars_from_raw
from tradewind.data.registry import PROVIDERS
from tradewind.data.repair import RepairPlan, repair
from tradewind.data.vendors.yahoo.basis import actions_of, as_traded, currency_of
from tradewind.data.vendors.yahoo.chart import Chart, ChartMeta, decode_chart
from tradewind.data.vendors.yahoo.stamping import calendar_of, check_granularity, interval_of, stamp_closes
from tradewind.data.vendors.yahoo.symbols import yahoo_symbol
from tradewind.data.vendors.yahoo.transport import YAHOO, YahooTransport

POLITE = PolicySettings("yahoo", (CallLimit(60, PER_MINUTE), CallLimit(8_000, PER_DAY)))
"""Yahoo publishes no limit; a call a second is well under what is known to be refused."""

_LONGEST_S = {"1m": 7 * 86_400, "5m": 59 * 86_400, "15m": 59 * 86_400, "30m": 59 * 86_400, "1h": 700 * 86_400}
"""How much one intraday request may span, a little under what Yahoo allows."""

_BEFORE_NS = 14 * NS_PER_DAY  # a dividend needs the close before it, over the longest holidays too
_SHARES = ("EQUITY", "ETF", "MUTUALFUND")


@PROVIDERS.register("yahoo", needs=("yfinance", "curl_cffi"), extra="yahoo")
class YahooProvider:
    """Long history, no key. Daily and intraday rows as they were traded, with splits and dividends beside.

    Yahoo's prices are on today's share count. They are put back on that of their own day here, so that a
    split is in force only from its own date on; ``bars`` then adjusts as of the end of the request. Prices
    quoted in pence and the like become pounds.
    """

    name = "yahoo"
    follows_names = True
    """`META` reaches back to 2012, as `FB`; a name that is not borne any more is unknown there."""

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str = YAHOO,
        settings: PolicySettings = POLITE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._transport = YahooTransport(folder / "yahoo-session", settings.timeout_s, base_url)

    def symbols(self) -> Sequence[str]:
        """Empty: Yahoo has no list of what it has."""
        return ()

    def listing(self, symbol: str) -> tuple[ChartMeta, str]:
        """What Yahoo says of a symbol (exchange, time zone, kind) and the currency of our bars of it."""
        now_s = self.policy.clock.now_ns() // NS_PER_S
        meta = self._chart(yahoo_symbol(symbol), "1d", now_s - 10 * 86_400, self._until_s()).meta
        return meta, currency_of(meta)[0]

    def raw_bars(self, request: BarRequest) -> RawBars:
        """Rows as they were traded, NaN where Yahoo has null; unfinished ones are left out.

        Raises
        ------
        UnknownSymbolError
            Yahoo has no such listing.
        NoDataError
            It has the listing and nothing in that span, or not that timeframe, or so far back.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        interval, listing = interval_of(request.timeframe), yahoo_symbol(symbol_of(request.instrument_id))
        before_s = (request.start_ns - _BEFORE_NS) // NS_PER_S
        daily = self._chart(listing, "1d", before_s, self._until_s())
        charts = [daily] if interval == "1d" else self._intraday(listing, interval, request)
        known = [self._as_rows(chart, daily, request) for chart in charts if len(chart)]
        raw = _joined(known) if known else None
        cut = raw.between(request.start_ns, request.end_ns) if raw is not None else None
        if cut is None or not len(cut):
            span = f"{iso(request.start_ns)} to {iso(request.end_ns)}"
            message = f"Yahoo has no {request.timeframe} bar of {request.instrument_id} from {span}."
            raise NoDataError(message, "Ask for another span; intraday bars reach back 60 days at most.")
        return cut

    def bars(self, request: BarRequest) -> BarColumns:
        """Bars in order, without empty rows, adjusted as of the request's end where actions are known."""
        raw = self.raw_bars(request)
        clean = bars_from_raw(repair(raw, RepairPlan()).raw)
        return clean if raw.actions is None else adjust(clean, raw.actions, request.end_ns - 1)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _until_s(self) -> int:
        """The end of every daily request: now, up to a whole cache lifetime, so that it is asked once in it.

        It reaches past the end that was asked for because a later split has changed Yahoo's prices before it.
        """
        step = max(int(self.policy.settings.cache_ttl_s), 1)
        return (self.policy.clock.now_ns() // NS_PER_S // step + 1) * step

    def _intraday(self, listing: str, interval: str, request: BarRequest) -> list[Chart]:
        length_s = Timeframe(request.timeframe).length_ns // NS_PER_S
        start_s, end_s = request.start_ns // NS_PER_S - length_s, -(-request.end_ns // NS_PER_S)
        end_s = min(end_s, self._until_s())
        step = _LONGEST_S[interval]
        return [
            self._chart(listing, interval, begin, min(begin + step, end_s))
            for begin in range(start_s, end_s, step)
        ]

    def _chart(self, listing: str, interval: str, start_s: int, end_s: int) -> Chart:
        path = f"/v8/finance/chart/{quote(listing)}"
        params: dict[str, str | int] = {
            "period1": start_s,
            "period2": end_s,
            "interval": interval,
            "includePrePost": "false",
            "events": "div,splits,capitalGains",
        }

        def decode(body: bytes) -> Chart:
            chart = decode_chart(body)
            check_granularity(chart.meta.data_granularity, interval)
            if chart.meta.symbol.upper() != listing:
                message = f"Rows of {chart.meta.symbol!r} came where {listing!r} was asked for."
                raise MalformedPayloadError(message)
            actions_of(listing, chart)  # so that what cannot be read is seen while the payload is at hand
            return chart

        what = f"{YAHOO}{path}?{urlencode(params)}"
        return self.policy.fetch(what, lambda: self._transport.get(path, params), decode)

    def _as_rows(self, chart: Chart, daily: Chart, request: BarRequest) -> RawBars:
        meta = chart.meta
        closes = stamp_closes(chart.start_s, request.timeframe, meta)
        shares = meta.instrument_type in _SHARES
        volume = chart.volume
        raw = RawBars(
            instrument_id=request.instrument_id,
            timeframe=request.timeframe,
            ts_event=closes,
            open=chart.open,
            high=chart.high,
            low=chart.low,
            close=chart.close,
            volume=volume,
            source="yahoo",
            calendar=calendar_of(meta),
            has_volume=shares or bool(np.any(volume > 0)),
            actions=actions_of(request.instrument_id, daily) if shares else None,
            adjusted_close=chart.adjusted_close if shares else None,
        )
        finished = raw.take(raw.ts_event <= self.policy.clock.now_ns())
        return as_traded(finished, daily, currency_of(meta)[1])


def _joined(parts: Sequence[RawBars]) -> RawBars:
    """Rows of several requests one after another."""
    names = ("ts_event", "open", "high", "low", "close", "volume")
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in names
    }
    if all(part.adjusted_close is not None for part in parts):
        columns["adjusted_close"] = np.concatenate([part.adjusted_close for part in parts])
    return replace(parts[0], **columns, has_volume=any(part.has_volume for part in parts))
