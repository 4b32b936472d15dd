"""Any series, written in any shape, is read back as it was."""

import gzip
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.core.market import Timeframe
from tradewind.core.timestamps import NS_PER_MINUTE
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions

FRAMES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240}


@st.composite
def series(draw: st.DrawFn) -> tuple[str, list[int], list[tuple[float, ...]]]:
    """A timeframe, opens of bars in UTC ns (half of the steps are whole bars), and figures."""
    frame = draw(st.sampled_from([*FRAMES, "1d"]))
    length = Timeframe(frame).length_ns
    start = draw(st.integers(10_000, 20_000)) * 86_400 * 10**9
    gaps = draw(st.lists(st.integers(2, 3), max_size=4))
    steps = [1] * (2 * len(gaps) + 3) + gaps
    order = draw(st.permutations(range(len(steps))))
    opened = [start]
    for nth in order:
        opened.append(opened[-1] + steps[nth] * length)
    figure = st.decimals("0.01", 99_999, places=draw(st.sampled_from([2, 4, 5])), allow_nan=False)
    rows = []
    for _ in opened:
        prices = sorted(float(draw(figure)) for _ in range(4))
        rows.append((prices[1], prices[3], prices[0], prices[2], float(draw(st.integers(0, 10**9)))))
    return frame, opened, rows


@st.composite
def writing(draw: st.DrawFn) -> dict[str, str]:
    """How a program writes."""
    decimal = draw(st.sampled_from([".", ","]))
    return {
        "decimal": decimal,
        "delimiter": draw(st.sampled_from([";", "\t", "|"] if decimal == "," else [",", ";", "\t", "|"])),
        "thousands": draw(st.sampled_from(["", "'", " "])),
        "stamp": draw(
            st.sampled_from(["iso", "local", "day-first", "month-first", "s", "ms", "us", "solid"])
        ),
        "zone": draw(st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo", "Europe/Berlin"])),
        "newline": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
        "quote": draw(st.sampled_from(["", '"'])),
        "order": draw(st.sampled_from(["rising", "falling"])),
        "packed": draw(st.sampled_from(["", "gzip"])),
        "header": draw(
            st.sampled_from(["Date Open High Low Close Volume", "<DATE> <OPEN> <HIGH> <LOW> <CLOSE> <VOL>"])
        ),
        "tail": draw(st.sampled_from(["", "\n", "\n\n\n"])),
        "stamped": draw(st.sampled_from(["open", "close"])),
    }


def stamp_text(ns: int, how: dict[str, str], daily: bool) -> str:
    kind = how["stamp"]
    if kind in ("s", "ms", "us"):
        return str(ns // {"s": 10**9, "ms": 10**6, "us": 10**3}[kind])
    zone = UTC if kind == "iso" or daily else ZoneInfo(how["zone"])
    moment = datetime.fromtimestamp(ns // 10**9, UTC).astimezone(zone)
    pattern = {
        "iso": "%Y-%m-%dT%H:%M:%S%z",
        "local": "%Y-%m-%d %H:%M",
        "day-first": "%d.%m.%Y %H:%M:%S",
        "month-first": "%m/%d/%Y %H:%M",
        "solid": "%Y%m%d %H%M%S",
    }[kind]
    return moment.strftime(pattern)


def figure_text(value: float, how: dict[str, str]) -> str:
    whole = f"{value:,.5f}".replace(",", how["thousands"])
    return whole.replace(".", how["decimal"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(series(), writing())
def test_what_is_written_is_read(
    made: tuple[str, list[int], list[tuple[float, ...]]], how: dict[str, str]
) -> None:
    frame, opened, rows = made
    daily = frame == "1d"
    length = Timeframe(frame).length_ns
    exact = not daily or how["stamp"] in ("iso", "s", "ms", "us")  # a mere date names its day
    moments = opened if how["stamped"] == "open" or not exact else [ns + length for ns in opened]
    lines = [
        [stamp_text(ns, how, daily), *(figure_text(value, how) for value in row)]
        for ns, row in zip(moments, rows, strict=True)
    ]
    if how["order"] == "falling":
        lines.reverse()
    quote = how["quote"]
    table = [how["header"].split(), *lines]
    text = how["newline"].join(
        how["delimiter"].join(f"{quote}{cell}{quote}" for cell in line) for line in table
    )
    data = (text + how["newline"] + how["tail"]).encode(how["encoding"])
    said = ImportOptions(
        zone=how["zone"],
        stamped=how["stamped"],
        timeframe=frame,
        date_order=how["stamp"] if how["stamp"].endswith("first") else "",
        decimal=how["decimal"],
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ABC.csv"
        path.write_bytes(gzip.compress(data) if how["packed"] else data)
        found = read_file(path, said, lambda _: "24/7")
    bars = found.bars[0]
    assert bars.ts_event.tolist() == [ns + length for ns in opened]
    for place, name in enumerate(("open", "high", "low", "close", "volume")):
        np.testing.assert_array_equal(getattr(bars, name), [row[place] for row in rows], err_msg=name)
    assert found.understood.rows == len(rows)
    assert found.understood.refused == ()


@settings(max_examples=60, deadline=None)
@given(series())
def test_the_timeframe_is_found_without_being_said(
    made: tuple[str, list[int], list[tuple[float, ...]]],
) -> None:
    frame, opened, rows = made
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ABC.csv"
        text = "".join(f"{ns // 10**9},{row[3]}\n" for ns, row in zip(opened, rows, strict=True))
        path.write_text("time,close\n" + text)
        found = read_file(path, None, lambda _: "24/7")
    assert found.understood.timeframe == frame
    assert Timeframe(frame).length_ns >= NS_PER_MINUTE
