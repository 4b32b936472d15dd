"""What sources call their columns."""

import re
from collections.abc import Mapping, Sequence

from tradewind.data.importing.cells import is_moment
from tradewind.data.importing.layout import Layout, SeriesColumns
from tradewind.data.importing.table import Table

PRICES = ("open", "high", "low", "close")

_NAMES = {
    "date": (
        "date dates day tradingday tradedate datetime timestamp time opentime unix gmttime localtime tsevent"
        " timestamputc dateutc timeutc datetimeutc utctime utcdatetime timestampgmt index indexlevel0"
        " opentimems period begin bartime utc datum"
    ),
    "open": "open openprice pxopen 1open firstprice",
    "high": "high highprice max pxhigh 2high",
    "low": "low lowprice min pxlow 3low",
    "close": "close closeprice price last price pxlast 4close closelast settle",
    "volume": "volume vol pxvolume 5volume basevolume volumefrom tickvol totalvolume 6volume",
    "adjusted_close": "adjclose adjusted adjustedclose closeadj adjustedcloseprice 5adjustedclose adj",
    "dividend": "dividend dividends dividendamount divcash exdividend 7dividendamount",
    "split": "split splits stocksplits splitcoefficient splitfactor splitratio 8splitcoefficient",
    "symbol": "symbol ticker sym instrument instrumentid tic code name security asset stock pair",
}
_ROLE = {word: role for role, words in _NAMES.items() for word in words.split()}
_LETTERS = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
"""Fields where all of the first four are there; alone they are tickers (C is Citigroup, V is Visa)."""
_MONEY = ("usd", "usdt", "usdc", "eur", "gbp", "jpy", "krw", "to", "ma", "sma", "avg")
_EXACT_TIME = ("time", "bartime", "hour")


def plain(name: str) -> str:
    """A name without its signs and capitals: ``<TICKVOL>`` is ``tickvol``."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def role_of(name: str) -> str:
    """``open``, ``date`` and so on; empty for a column that is not known."""
    return _ROLE.get(plain(name), "")


def places_of(names: Sequence[str]) -> dict[str, int]:
    """The column of each role: one that is called exactly so (``Close`` before ``Last``), else the first."""
    words = [plain(name) for name in names]
    lettered = set("ohlc") <= set(words)
    found: dict[str, int] = {}
    for place, word in enumerate(words):
        role = _LETTERS.get(word, "") if lettered and len(word) == 1 else _ROLE.get(word, "")
        if role and (role not in found or (word == role and words[found[role]] != role)):
            found[role] = place
    of_coins = [place for place, name in enumerate(names) if _counts_coins(name)]
    if of_coins:
        found["volume"] = of_coins[0]
    return found


def _counts_coins(name: str) -> bool:
    """``Volume BTC`` beside a ``Volume`` or ``Volume USD`` that counts money."""
    of = re.fullmatch(r"volume[ _]([a-z]{2,5})", name.strip().lower())
    return of is not None and of[1] not in _MONEY


def date_and_time(table: Table) -> tuple[int, int | None] | None:
    """The column of dates, and beside it one of times where there is one; None without any."""
    dates = [place for place, name in enumerate(table.names) if role_of(name) == "date"]
    dates = [place for place in dates if is_moment(table.first_row[place])] or dates
    dates += [place for place in _clocks(table) if place not in dates]
    times = [place for place in dates if plain(table.names[place]) in _EXACT_TIME]
    days = [place for place in dates if place not in times]
    if days and times and _is_clock(table.first_row[times[0]]):
        return days[0], times[0]
    chosen = [*days, *times]
    return (chosen[0], None) if chosen else None


def _clocks(table: Table) -> list[int]:
    return [
        place
        for place, name in enumerate(table.names)
        if plain(name) in _EXACT_TIME and _is_clock(table.first_row[place])
    ]


def _is_clock(cell: str) -> bool:
    return re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?|\d{6}|\d{4}", cell) is not None


def layout_by_names(table: Table, shape: str, rank: int) -> Layout | None:
    """A reading by the names alone; None where there is no date or no price."""
    if table.levels != 1:
        return None
    when, places = date_and_time(table), places_of(table.names)
    if when is None or not {"close", "adjusted_close"} & set(places):
        return None
    figures = {role: place for role, place in places.items() if role not in ("date", "symbol")}
    return Layout(
        shape=shape,
        rank=rank,
        date=when[0],
        time=when[1],
        series=(SeriesColumns("", figures),),
        symbol=places.get("symbol"),
        zone="UTC" if re.search(r"utc|gmt", plain(table.names[when[0]])) else "",
    )


def has_roles(places: Mapping[str, int], *roles: str) -> bool:
    """Whether all these columns are there."""
    return set(roles) <= set(places)
