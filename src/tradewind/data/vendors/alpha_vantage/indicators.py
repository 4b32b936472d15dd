"""Alpha Vantage's ready-made indicators, decoded to types and checked.

Source: Alpha Vantage, "Technical Indicators": ``GET /query?function=SMA&symbol=MSFT&interval=daily`` gives
``Meta Data`` with keys such as ``1: Symbol`` and ``4: Interval``, and ``Technical Analysis: SMA`` with rows
of texts by day, or by minute in the zone that the meta data names.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.timestamps import to_ns
from tradewind.data.policy.redaction import Secret
from tradewind.data.series_rows import begin_of, read_date, read_number
from tradewind.data.vendors.alpha_vantage.refusals import refuse
from tradewind.data.vendors.alpha_vantage.wire import ZONES

_Cell = str | int | float
_Table = dict[str, _Cell | dict[str, str]]
_decoder = msgspec.json.Decoder(dict[str, str | _Table])
_NAMED = ("symbol", "interval", "time_period", "series_type")


def decode_indicator(
    body: bytes, asked: Mapping[str, str | int], output: str, key: Secret
) -> list[tuple[int, float]]:
    """First moment of each period, UTC ns, and the output's value there, in any order.

    Raises
    ------
    MalformedPayloadError
        It is no indicator of the documented shape, or one of something else than was asked for.
    UnknownSymbolError
        The indicator has no such output, or Alpha Vantage says so of the symbol.
    MissingKeyError, RateLimitedError, NoDataError
        A sentence came in place of data (see :mod:`.refusals`).
    """
    said = _decoder.decode(body)
    function = str(asked["function"])
    refuse(said, f"{function} of {asked['symbol']}", key)
    meta, rows = said.get("Meta Data"), said.get(f"Technical Analysis: {function}")
    if not isinstance(meta, dict) or not isinstance(rows, dict):
        message = f"There is no {function} among {sorted(said)}."
        raise MalformedPayloadError(message)
    words = {name.partition(": ")[2].lower(): str(value) for name, value in meta.items()}
    for word in _NAMED:
        given, wanted = words.get(word.replace("_", " "), ""), str(asked.get(word, ""))
        if wanted and given.upper() != wanted.upper():
            message = f"Its {word} is {given!r}, and {wanted!r} was asked for."
            raise MalformedPayloadError(message)
    daily = asked["interval"] == "daily"
    zone = words.get("time zone", "")
    return [(_day(one) if daily else _minute(one, zone), value) for one, value in _values(rows, output)]


def _values(rows: _Table, output: str) -> Iterator[tuple[str, float]]:
    for label, row in rows.items():
        if not isinstance(row, dict):
            message = f"The row of {label} is no table."
            raise MalformedPayloadError(message)
        if output not in row:
            message = f"The indicator has no output {output!r}."
            raise UnknownSymbolError(message, f"It has {', '.join(row)}.")
        yield label, read_number(row[output], f"{output} of {label}")


def _day(label: str) -> int:
    return begin_of(read_date(label[:10], "a row"))  # the newest may have its time behind it


def _minute(label: str, zone: str) -> int:
    try:
        return to_ns(datetime.fromisoformat(label).replace(tzinfo=ZoneInfo(ZONES[zone])))
    except (ValueError, KeyError):
        message = f"The label {label!r} in the zone {zone!r} is no moment."
        raise MalformedPayloadError(message) from None
