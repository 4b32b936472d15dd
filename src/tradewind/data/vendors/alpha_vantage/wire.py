"""Alpha Vantage's time series, decoded to types and checked.

Source: Alpha Vantage, "API Documentation": an object ``Meta Data`` with numbered keys, and one whose name
begins with ``Time Series``, newest first, with numbered columns as text. Days of stocks are New York's, those
of currencies and coins UTC's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from tradewind.core.errors import MalformedPayloadError
from tradewind.core.timestamps import to_ns
from tradewind.data.calendar_rules import day_number
from tradewind.data.candles import Candles, candles_of
from tradewind.data.policy.redaction import Secret
from tradewind.data.vendors.alpha_vantage.refusals import refuse

_Row = dict[str, str]
_decoder = msgspec.json.Decoder(dict[str, str | dict[str, str | _Row]])
ZONES = {"US/Eastern": "America/New_York", "UTC": "UTC"}
_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True)
class Series:
    """Rows by their label, oldest first.

    ``meta`` and the rows have their numbers taken off: ``symbol``, ``time zone``, ``open``, ``volume``.
    """

    meta: Mapping[str, str]
    rows: tuple[tuple[str, Mapping[str, str]], ...]


def decode_series(body: bytes, what: str, key: Secret) -> Series:
    """The one time series of an answer; a typed error for its sentences (see :mod:`.refusals`).

    Raises
    ------
    MalformedPayloadError
        There is no series, or none of the documented shape.
    """
    said = _decoder.decode(body)
    refuse(said, what, key)
    meta = said.get("Meta Data")
    series = next((value for name, value in said.items() if name.startswith("Time Series")), None)
    if not isinstance(meta, dict) or not isinstance(series, dict):
        msg = f"There is no time series among {sorted(said)}."
        raise MalformedPayloadError(msg)
    rows = []
    for label, row in series.items():
        if not isinstance(row, dict):
            msg = f"The row of {label} is no table."
            raise MalformedPayloadError(msg)
        rows.append((label, {_word(name): value for name, value in row.items()}))
    rows.sort(key=lambda one: one[0])
    return Series({_word(name): str(value) for name, value in meta.items()}, tuple(rows))


def require_meta(series: Series, **wanted: str) -> None:
    """MalformedPayloadError where the series is of something else; underscores stand for spaces."""
    for word, value in wanted.items():
        given = series.meta.get(word.replace("_", " "))
        if given is None or given.upper() != value.upper():
            message = f"A series of {given!r} came where {value!r} was asked for."
            raise MalformedPayloadError(message)


def zone_of(series: Series) -> ZoneInfo:
    """The time zone of its labels; MalformedPayloadError for one that is not documented."""
    name = series.meta.get("time zone", "")
    if name not in ZONES:
        message = f"The time zone of the series is {name!r}."
        raise MalformedPayloadError(message, "Known are US/Eastern and UTC.")
    return ZoneInfo(ZONES[name])


def days(series: Series) -> list[int]:
    """Dates of the rows as days since 1970."""
    try:
        return [day_number(date.fromisoformat(label)) for label, _ in series.rows]
    except ValueError as error:
        msg = f"A row is labelled by what is no date: {error}"
        raise MalformedPayloadError(msg) from error


def moments(series: Series) -> Candles:
    """Intraday rows by their labels, in UTC."""
    zone = zone_of(series)
    try:
        times = [to_ns(datetime.fromisoformat(label).replace(tzinfo=zone)) for label, _ in series.rows]
    except ValueError as error:
        msg = f"A row is labelled by what is no time: {error}"
        raise MalformedPayloadError(msg) from error
    return candles_of(times, figures(series))


def figures(series: Series, market: str = "") -> list[tuple[float, ...]]:
    """Open, high, low, close and volume of the rows; no volume is 0. ``market`` is a coin's currency."""
    return [
        (*(_figure(label, row, word, market) for word in _PRICES), _figure(label, row, "volume", "", "0"))
        for label, row in series.rows
    ]


def extra(series: Series, word: str, usual: str) -> list[float]:
    """Another column, ``usual`` where a row lacks it."""
    return [_figure(label, row, word, "", usual) for label, row in series.rows]


def _figure(label: str, row: Mapping[str, str], word: str, market: str, usual: str = "") -> float:
    text = row.get(word, row.get(f"{word} ({market})", usual))
    try:
        return float(text)
    except ValueError:
        message = f"The {word} of {label} is {text!r}."
        raise MalformedPayloadError(message) from None


def _word(name: str) -> str:
    """``2. Symbol`` is ``symbol``, ``1a. open (USD)`` ``open (USD)``."""
    word = name.partition(". ")[2] or name
    head, mark, tail = word.partition(" (")
    return f"{head.lower()}{mark}{tail}"
