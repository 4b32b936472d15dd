"""The provider of Twelve Data's ready-made indicators, as they are told today.

Source: Twelve Data, "API Documentation", "Technical Indicators": ``GET /rsi?symbol=AAPL&interval=1day`` gives
``meta`` with the symbol, the interval and the ``indicator``'s own settings, and ``values`` of texts.
"""

import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.core.timestamps import from_ns, to_ns
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret, redact, require_key
from tradewind.data.registry import SERIES
from tradewind.data.series_rows import asked_for, begin_of, read_date, read_number
from tradewind.data.vendors.twelve_data.history import FREE, PAGE, TWELVE_DATA
from tradewind.data.vendors.twelve_data.wire import refuse

DAILY = "1day"
_ID = re.compile(
    r"(?P<symbol>[A-Z0-9.]+(/[A-Z0-9]+)?)/(?P<indicator>[a-z][a-z0-9_]*)/(?P<interval>(1|5|15|30|45)min|1h|1day)"
    r"(/(?P<time_period>[0-9]{1,5}))?(/(?P<series_type>close|open|high|low))?(/(?P<output>[a-z][a-z0-9_]*))?"
)
_LABEL = "datetime"


class _Asked(msgspec.Struct, frozen=True):
    time_period: int | None = None
    series_type: str | None = None


class _Meta(msgspec.Struct, frozen=True):
    symbol: str = ""
    interval: str = ""
    indicator: _Asked = _Asked()


class _Said(msgspec.Struct, frozen=True):
    status: str
    meta: _Meta | None = None
    values: list[dict[str, str]] = []
    code: int = 0
    message: str = ""


_decoder = msgspec.json.Decoder(_Said)


def decode_indicator(
    body: bytes, asked: Mapping[str, str | int], output: str, key: Secret
) -> list[tuple[int, float]]:
    """First moment of each period, UTC ns, and the output's value there, in any order.

    Raises
    ------
    MalformedPayloadError
        It is no indicator of the documented shape, or one of something else than was asked for.
    UnknownSymbolError
        The indicator has no such output, or Twelve Data says so of the symbol.
    MissingKeyError, RateLimitedError, NetworkError, NoDataError
        Twelve Data refuses; its words are repeated without the key.
    """
    said = _decoder.decode(body)
    if said.status == "error":
        refuse(said.code, redact(said.message, (key,)), str(asked["symbol"]))
    if said.meta is None or said.status != "ok":
        message = f"There is no indicator; the status is {said.status!r}."
        raise MalformedPayloadError(message)
    given = {"symbol": said.meta.symbol, "interval": said.meta.interval}
    given |= {name: getattr(said.meta.indicator, name) for name in _Asked.__struct_fields__}
    for name, told in given.items():
        if told is not None and name in asked and str(told) != str(asked[name]):
            message = f"Its {name} is {told!r}, and {asked[name]!r} was asked for."
            raise MalformedPayloadError(message)
    return [_value(row, output, daily=asked["interval"] == DAILY) for row in said.values]


def _value(row: Mapping[str, str], output: str, *, daily: bool) -> tuple[int, float]:
    if output not in row:
        message = f"The indicator has no output {output!r}."
        raise UnknownSymbolError(message, f"It has {', '.join(name for name in row if name != _LABEL)}.")
    label = row.get(_LABEL, "")
    value = read_number(row[output], f"{output} of {label}")
    if daily:
        return begin_of(read_date(label, "a row")), value
    try:
        return to_ns(datetime.fromisoformat(label).replace(tzinfo=UTC)), value
    except ValueError:
        message = f"A row is labelled by {label!r}, which is no time."
        raise MalformedPayloadError(message) from None


@SERIES.register("twelve_data")
class TwelveDataSeries:
    """Ready-made indicators of stocks, currencies and coins, rewritten with hindsight; a key, 8 a minute.

    Splits change what they are computed from backwards, so a value is known since it was asked for and no
    earlier. Factors of our own say the same of the past without looking ahead.
    """

    name = "twelve_data"
    known: ClassVar[Mapping[str, str]] = {
        "MSFT/rsi/1day/14": "Microsoft: relative strength index of 14 days",
        "MSFT/macd/1day/close/macd_hist": "Microsoft: MACD less its signal",
        "BTC/USD/atr/1h/14": "bitcoin: average true range of 14 hours",
        "EUR/USD/ema/1day/20/close": "euro: exponential average of 20 closes",
    }

    def __init__(
        self,
        folder: Path,
        *,
        api_key: Secret | None = None,
        base_url: str = TWELVE_DATA,
        settings: PolicySettings = FREE,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        random: Random | None = None,
    ) -> None:
        self.policy = ProviderPolicy(settings, folder, clock=clock, sleep=sleep, random=random)
        self._key = api_key
        self._client = PolicedClient(self.policy, base_url, secret_params={"apikey": api_key or Secret("")})

    def observations(self, request: SeriesRequest) -> Observations:
        """The newest 5,000 values of the periods asked for, all known now; the last may be of so far.

        Raises
        ------
        MissingKeyError
            The key is not set, is wrong, or is not entitled to it.
        UnknownSymbolError
            The id is none, or there is no such symbol, indicator or output.
        NoDataError
            There is nothing of it in that span.
        RateLimitedError, NetworkError, MalformedPayloadError
            As in :meth:`tradewind.data.policy.provider_policy.ProviderPolicy.fetch`.
        """
        key = require_key(self.name, "TRADEWIND_TWELVE_DATA_API_KEY", self._key)
        indicator, asked, output = of_id(request.series_id)
        now_ns = self.policy.clock.now_ns()
        params: dict[str, str | int] = {
            **asked,
            "start_date": _label(max(request.start_ns, 0)),
            "end_date": _label(max(min(request.end_ns, now_ns) - 1, 0)),
            "timezone": "Exchange" if asked["interval"] == DAILY else "UTC",
            "outputsize": PAGE,
        }
        decode = partial(decode_indicator, asked=asked, output=output, key=key)
        rows = self._client.get(indicator, params, decode)
        now_ns = self.policy.clock.now_ns()
        made = (Observation(request.series_id, period, now_ns, value, "") for period, value in rows)
        found = observations_of(request.series_id, self.name, made, seen=True)
        return asked_for(found, request, now_ns)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def of_id(series_id: str) -> tuple[str, dict[str, str | int], str]:
    """The indicator, fields of the question, and the output that is wanted."""
    found = _ID.fullmatch(series_id)
    if found is None:
        message = f"{series_id!r} is no id of an indicator."
        raise UnknownSymbolError(message, "Write MSFT/rsi/1day/14 or MSFT/macd/1day/close/macd_hist.")
    fields: dict[str, str | int] = {
        word: text for word, text in found.groupdict().items() if text is not None
    }
    indicator = str(fields.pop("indicator"))
    return indicator, fields, str(fields.pop("output", indicator))


def _label(ts_ns: int) -> str:
    return from_ns(ts_ns).strftime("%Y-%m-%d %H:%M:%S")
