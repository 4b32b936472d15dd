"""What was imported comes back as it came, and a second import does to it what people expect."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import CorruptFileError, NoDataError, NoTimeframeError, UnknownSymbolError
from tradewind.core.ports import BarRequest
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.adjustment import split
from tradewind.data.describing import usual_instrument
from tradewind.data.raw import RawBars
from tradewind.data.vendors.files.history import FilesProvider
from tradewind.data.vendors.files.kept import keep_instruments, keep_rows, read_instruments, read_rows

NAME = "ACME.OWN"


def rows(days: list[int], price: float = 10.0, **changes: object) -> RawBars:
    """Daily rows on the given days after 2020-01-01, in the order given."""
    at = 1_577_836_800_000_000_000 + NS_PER_DAY * np.array(days, dtype=np.int64)
    flat = np.full(len(days), price)
    made = RawBars(NAME, "1d", at, flat, flat, flat, flat, np.ones(len(days)), source="files")
    return replace(made, **changes)  # type: ignore[arg-type]


def test_rows_come_back_as_they_came_duplicates_holes_and_order_included(tmp_path: Path) -> None:
    came = rows([3, 1, 1, 9], calendar="XLON", actions=(split(NAME, 5, 2.0, "own"),))
    came.close[1] = np.nan
    assert keep_rows(tmp_path, came)
    back = read_rows(tmp_path, NAME, "1d")
    assert back is not None
    for name in ("ts_event", "open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(back, name), getattr(came, name))
    assert (back.calendar, back.actions, back.source) == (came.calendar, came.actions, came.source)
    assert not keep_rows(tmp_path, came)  # the same again changes nothing


THREADS = """
import os, sys
from pathlib import Path
import pyarrow.parquet
from tradewind.data.vendors.files.kept import read_rows

before = len(os.listdir("/proc/self/task"))
assert read_rows(Path(sys.argv[1]), "ACME.OWN", "1d") is not None
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted by Linux alone")
def test_reading_leaves_no_thread_that_could_end_the_process_badly(tmp_path: Path) -> None:
    """One of Arrow's that still runs at the end of a process aborts it, now and then: code 134 for 0 or 4."""
    keep_rows(tmp_path, rows(list(range(40))))
    command = [sys.executable, "-c", THREADS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "0"


@settings(max_examples=30, deadline=None)
@given(
    old=st.lists(st.integers(0, 40), min_size=1, max_size=20, unique=True),
    new=st.lists(st.integers(0, 40), min_size=1, max_size=20, unique=True),
)
def test_a_second_import_replaces_its_own_span_and_leaves_the_rest(
    tmp_path_factory: pytest.TempPathFactory, old: list[int], new: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    keep_rows(folder, rows(old, 10.0))
    keep_rows(folder, rows(new, 20.0))
    back = read_rows(folder, NAME, "1d")
    assert back is not None
    found = dict(zip(back.ts_event.tolist(), back.close.tolist(), strict=True))
    wanted = {day: 10.0 for day in old if not min(new) <= day <= max(new)} | dict.fromkeys(new, 20.0)
    first = rows([0]).ts_event[0]
    assert found == {int(first) + NS_PER_DAY * day: price for day, price in wanted.items()}


def test_what_was_not_imported_is_refused_with_what_there_is(tmp_path: Path) -> None:
    provider = FilesProvider(tmp_path)
    with pytest.raises(UnknownSymbolError, match="Imported is nothing"):
        provider.raw_bars(BarRequest(NAME, "1d", 0, 2**62))
    keep_rows(tmp_path, rows([1, 2]))
    keep_instruments(tmp_path, [usual_instrument("ACME")])
    assert provider.symbols() == ["ACME"]
    assert provider.instrument("acme").id == NAME
    with pytest.raises(NoTimeframeError) as lacking:
        provider.raw_bars(BarRequest(NAME, "1h", 0, 2**62))
    assert lacking.value.offers == ("1d",)
    with pytest.raises(NoDataError, match="2020-01-02"):
        provider.raw_bars(BarRequest(NAME, "1d", 0, 1))


def test_damage_is_said_and_not_traded_on(tmp_path: Path) -> None:
    keep_rows(tmp_path, rows([1, 2]))
    (file,) = (tmp_path / NAME / "1d").glob("*.parquet")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(CorruptFileError):
        read_rows(tmp_path, NAME, "1d")
    keep_instruments(tmp_path, [usual_instrument("ACME")])
    (tmp_path / "instruments.json").write_text("[{", "utf-8")
    with pytest.raises(CorruptFileError, match=r"instruments\.json"):
        read_instruments(tmp_path)
