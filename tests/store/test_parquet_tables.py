"""Partitioned tables: merges against Polars, writers killed, bytes damaged, disks full."""

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import CorruptFileError, StoreError
from tradewind.store import files
from tradewind.store.files import current_file
from tradewind.store.names import decode, encode
from tradewind.store.parquet import ParquetTables
from tradewind.store.tables import Between, provenance_of

PART = {"symbol": "BTC/USD", "timeframe": "1h"}


def frame(keys: list[int], value: float = 0.0) -> pa.Table:
    return pa.table({"t": pa.array(keys, pa.int64()), "v": [value + k for k in keys]})


def files_under(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def data_file(root: Path) -> Path:
    (path,) = root.rglob("*.parquet")
    return path


rows = st.lists(
    st.tuples(
        st.integers(-5, 5),
        st.sampled_from(["a", "b", "ü"]),
        st.floats(allow_nan=True),
        st.none() | st.text(max_size=3),
    ),
    max_size=12,
)


def table_of(drawn: list[tuple[int, str, float, str | None]]) -> pa.Table:
    columns = list(zip(*drawn, strict=True)) or [()] * 4
    types = (pa.int64(), pa.string(), pa.float64(), pa.string())
    names = ("t", "name", "x", "note")
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


@settings(deadline=None, max_examples=60)
@given(st.lists(rows, min_size=1, max_size=4), st.sampled_from([["t"], ["name", "t"]]))
def test_upserts_equal_polars_and_writing_again_changes_no_byte(
    writes: list[list[tuple[int, str, float, str | None]]], key: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetTables(Path(folder))
        for drawn in writes:
            written = store.upsert("rows", PART, table_of(drawn), key)
        together = pl.concat([pl.DataFrame(table_of(drawn)) for drawn in writes])
        expected = together.unique(key, keep="last", maintain_order=True).sort(key)
        found = store.read("rows", PART)
        assert pl.DataFrame(found).equals(expected, null_equal=True)
        assert found.schema.types == table_of([]).schema.types
        assert written.rows == len(expected)
        before = files_under(Path(folder))
        again = store.upsert("rows", PART, table_of(writes[-1]), key)
        assert not again.changed
        assert files_under(Path(folder)) == before
        whole = store.upsert("rows", PART, found, key)
        assert (whole.rows, whole.changed) == (len(expected), False)
        assert files_under(Path(folder)) == before


@settings(deadline=None, max_examples=30)
@given(st.sets(st.integers(-20, 20), min_size=1), st.integers(-25, 25), st.integers(-25, 25))
def test_a_range_is_half_open(keys: set[int], low: int, high: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetTables(Path(folder))
        store.upsert("rows", PART, frame(sorted(keys)), ["t"])
        found = store.read("rows", PART, ["t"], Between("t", low, high))
        assert found.column("t").to_pylist() == sorted(k for k in keys if low <= k < high)
        found = store.read("rows", PART, where=Between("t", low))
        assert found.column("t").to_pylist() == sorted(k for k in keys if low <= k)
        assert store.read("rows", PART, where=Between("t")).column_names == ["t", "v"]


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_a_safe_name(text: str) -> None:
    name = encode(text)
    assert decode(name) == text
    assert name
    assert not set(name) & set("/\\^: \x00=")


def test_partitions_are_listed_as_they_were_named(tmp_path: Path) -> None:
    store = ParquetTables(tmp_path)
    names = [
        {"symbol": s, "timeframe": t} for s in ("", "%", "../up", "BTC/USD", "^GSPC") for t in ("1d", "1h")
    ]
    for partition in names:
        store.upsert("rows", partition, frame([1]), ["t"])
        assert store.has("rows", partition)
    found = store.partitions("rows")
    assert sorted(found, key=str) == sorted(names, key=str)
    assert store.partitions("rows", {"symbol": "^GSPC", "timeframe": "1h"}) == [names[9]]
    assert store.partitions("rows", {"place": "x"}) == []
    assert store.partitions("nothing") == []
    assert not store.has("rows", {"symbol": "none", "timeframe": "1d"})
    assert not (tmp_path.parent / "up").exists()


def test_provenance_is_kept_and_another_one_refused(tmp_path: Path) -> None:
    store = ParquetTables(tmp_path)
    store.upsert("rows", PART, frame([1, 2]), ["t"], {"source": "yahoo", "definition": "3"})
    assert provenance_of(store.read("rows", PART, columns=())) == {"source": "yahoo", "definition": "3"}
    before = files_under(tmp_path)
    with pytest.raises(StoreError, match=r'provenance of .* is {"definition": "3".*"definition": "4"'):
        store.upsert("rows", PART, frame([3]), ["t"], {"source": "yahoo", "definition": "4"})
    with pytest.raises(StoreError, match="The key of"):
        store.upsert("rows", PART, frame([3]), ["v"], {"source": "yahoo", "definition": "3"})
    assert files_under(tmp_path) == before
    store.upsert("rows", PART, frame([3]), ["t"], {"definition": "4"}, replace=True)
    assert store.read("rows", PART).column("t").to_pylist() == [3]
    assert provenance_of(store.read("rows", PART, columns=())) == {"definition": "4"}


def test_input_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    store = ParquetTables(tmp_path)
    store.upsert("rows", PART, frame([1]), ["t"])
    for bad, key, said in (
        (frame([1]), ["absent"], "is not among the columns"),
        (frame([1]), [], "is not among the columns"),
        (frame([1]), ["v"], "is a float"),
        (pa.table({"t": pa.array([None], pa.int64()), "v": [0.0]}), ["t"], "1 empty values"),
        (frame([1]).append_column("w", [[1]]), ["t"], r"columns \['w'\] differ"),
        (pa.table({"t": ["1"], "v": [0.0]}), ["t"], r"columns \['t'\] differ"),
    ):
        with pytest.raises(StoreError, match=said) as caught:
            store.upsert("rows" if "differ" in said else "fresh", PART, bad, key)
        assert caught.value.next_step
    store.upsert("rows", PART, frame([2]).select(["v", "t"]), ["t"])
    assert store.read("rows", PART).column_names == ["t", "v"]
    with pytest.raises(StoreError, match="has nothing under"):
        store.read("rows", {"symbol": "none"})
    with pytest.raises(StoreError, match="has no column 'w'"):
        store.read("rows", PART, ["w"])
    with pytest.raises(StoreError, match="has no column 'w'"):
        store.read("rows", PART, where=Between("w", 1))
    with pytest.raises(StoreError, match="cannot be read where"):
        store.read("rows", PART, where=Between("t", "x"))
    for table, partition in (("../up", PART), ("rows", {"Bad/Key": "x"})):
        with pytest.raises(StoreError, match="cannot be"):
            store.upsert(table, partition, frame([1]), ["t"])
    with pytest.raises(StoreError, match="File name too long"):
        store.upsert("rows", {"symbol": "x" * 300}, frame([1]), ["t"])


ELSEWHERE = """
import sys
from pathlib import Path
sys.modules["fcntl"] = None
import pyarrow as pa
from tradewind.store.parquet import ParquetTables
store = ParquetTables(Path(sys.argv[1]))
print(store.upsert("rows", {"symbol": "BTC/USD", "timeframe": "1h"}, pa.table({"t": [1, 2]}), ["t"]).rows)
"""


def test_a_system_without_fcntl_stores_as_well(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", ELSEWHERE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"
    assert ParquetTables(tmp_path).read("rows", PART).column("t").to_pylist() == [1, 2]


# Damage --------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_any_changed_byte_is_found_and_the_file_left_as_it_is(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetTables(Path(folder))
        store.upsert("rows", PART, frame(list(range(50))), ["t"])
        path = data_file(Path(folder))
        whole = path.read_bytes()
        at = data.draw(st.integers(0, len(whole) - 1))
        changed = bytearray(whole)
        changed[at] ^= 1 << data.draw(st.integers(0, 7))
        cut = data.draw(st.booleans())
        path.write_bytes(whole[:at] if cut else changed)
        damaged = files_under(Path(folder))
        for use in (
            lambda: store.read("rows", PART),
            lambda: store.upsert("rows", PART, frame([99]), ["t"]),
            lambda: provenance_of(store.read("rows", PART, columns=())),
        ):
            with pytest.raises(CorruptFileError, match="is damaged") as caught:
                use()
            assert str(path) in caught.value.message
            assert "Move it out of the folder" in caught.value.next_step
        assert store.damaged("rows") == [str(path)]
        assert files_under(Path(folder)) == damaged
        path.rename(Path(folder) / "aside")
        assert store.upsert("rows", PART, frame([99]), ["t"]).rows == 1


def test_a_file_that_is_no_parquet_under_a_right_name_is_corrupt(tmp_path: Path) -> None:
    store = ParquetTables(tmp_path)
    store.upsert("rows", PART, frame([1]), ["t"])
    path = data_file(tmp_path)
    path.unlink()
    text = b"text"
    path.with_name(f"00000001-{hashlib.sha256(text).hexdigest()}.parquet").write_bytes(text)
    with pytest.raises(CorruptFileError, match="cannot be read as Parquet"):
        store.read("rows", PART)


def test_the_name_is_the_sha256_that_any_tool_computes(tmp_path: Path) -> None:
    ParquetTables(tmp_path).upsert("rows", PART, frame([1]), ["t"])
    path = data_file(tmp_path)
    said = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
    assert path.name == f"00000001-{said}.parquet"
    assert pl.read_parquet(path).rows() == [(1, 1.0)]


# Crashes and full disks ----------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
from tradewind.store.parquet import ParquetTables
store = ParquetTables(Path(sys.argv[1]))
for i in range(1, 1_000_000):
    frame = pa.table({"t": pa.array(range(2_000)), "v": pa.array([float(i)] * 2_000)})
    store.upsert("rows", {"symbol": "BTC/USD", "timeframe": "1h"}, frame, ["t"])
    print(i, flush=True)
"""


def test_a_killed_writer_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    store = ParquetTables(tmp_path)
    for pause in (0.0, 0.011, 0.023):
        shutil.rmtree(tmp_path)
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        with child:
            assert child.stdout is not None
            first = child.stdout.readline()
            time.sleep(pause)
            os.kill(child.pid, signal.SIGKILL)
            told = [int(line) for line in (first + child.stdout.read()).split(b"\n")[:-1]]
        values = set(store.read("rows", PART).column("v").to_pylist())
        assert values in ({float(told[-1])}, {float(told[-1] + 1)})
        assert store.upsert("rows", PART, frame(list(range(2_000)), -1.0), ["t"]).changed
        assert len(list(data_file(tmp_path).parent.iterdir())) == 2


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_file(tiny_disk: Path) -> None:
    store = ParquetTables(tiny_disk)
    store.upsert("rows", PART, frame(list(range(100))), ["t"])
    before = files_under(tiny_disk)
    noise = np.random.default_rng(1).normal(size=200_000)
    large = pa.table({"t": pa.array(np.arange(200_000)), "v": noise})
    with pytest.raises(StoreError, match="No room on the disk") as caught:
        store.upsert("rows", PART, large, ["t"])
    assert "Free some space" in caught.value.next_step
    assert files_under(tiny_disk) == before
    assert store.read("rows", PART).equals(frame(list(range(100))))


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize(("code", "said"), [(errno.ENOSPC, "No room"), (errno.EIO, "Input/output error")])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, code: int, said: str
) -> None:
    store = ParquetTables(tmp_path)
    store.upsert("rows", PART, frame([1]), ["t"])
    before = files_under(tmp_path)

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os if failing == "fsync" else Path, failing, fail)
        with pytest.raises(StoreError, match=said):
            store.upsert("rows", PART, frame([2]), ["t"])
    assert files_under(tmp_path) == before
    assert store.upsert("rows", PART, frame([2]), ["t"]).rows == 2


def test_a_reader_that_meets_a_replacement_reads_the_newer_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ParquetTables(tmp_path)
    store.upsert("rows", PART, frame([1]), ["t"])
    stale = current_file(data_file(tmp_path).parent)
    store.upsert("rows", PART, frame([2]), ["t"])
    answers = iter([stale])
    monkeypatch.setattr(files, "current_file", lambda folder: next(answers, None) or current_file(folder))
    assert len(store.read("rows", PART)) == 2
    monkeypatch.setattr(files, "current_file", lambda _: stale)
    with pytest.raises(StoreError, match="was replaced 20 times"):
        store.read("rows", PART)


def test_writers_and_readers_at_once_lose_nothing(tmp_path: Path) -> None:
    failures: list[StoreError] = []

    def write(first: int) -> None:
        store = ParquetTables(tmp_path)
        for i in range(15):
            store.upsert("rows", PART, frame([first + i]), ["t"])

    def read(stop: threading.Event) -> None:
        store = ParquetTables(tmp_path)
        while not stop.is_set():
            try:
                if store.has("rows", PART):
                    store.read("rows", PART)
            except StoreError as error:
                failures.append(error)

    stop = threading.Event()
    reader = threading.Thread(target=read, args=(stop,))
    writers = [threading.Thread(target=write, args=(100 * k,)) for k in range(3)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert failures == []
    assert ParquetTables(tmp_path).read("rows", PART).column("t").to_pylist() == [
        100 * k + i for k in range(3) for i in range(15)
    ]


THREADS = """
import os, sys
from pathlib import Path
import pyarrow as pa
import pyarrow.compute, pyarrow.parquet
from tradewind.store.parquet import ParquetTables
from tradewind.store.tables import Between

def count():
    return len(os.listdir("/proc/self/task"))

tables, before = ParquetTables(Path(sys.argv[1])), count()
for key in (["at"], ["at", "name"]):
    for rows in ([1, 2, 3], [2, 1, 9]):
        columns = {"at": pa.array(rows, pa.int64()), "name": ["a", "b", "c"], "value": [1.0, 2.0, 3.0]}
        frame = pa.table(columns)
        tables.upsert("t", {"key": str(len(key))}, frame, key)
assert tables.read("t", {"key": "1"}, where=Between("at", 2, 9)).column("at").to_pylist() == [2, 3]
assert tables.read("t", {"key": "2"}, columns=["value"], where=Between("name", "b", None)).num_columns == 1
print(count() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted by Linux alone")
def test_no_thread_is_left_that_could_end_the_process_badly(tmp_path):
    """One of Arrow's that still runs at the end of a process aborts it, now and then: code 134 for 0."""
    command = [sys.executable, "-c", THREADS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.strip(), done.stderr) == ("0", "")


def test_rows_between_are_the_same_over_many_row_groups(tmp_path):
    """What a group says of its numbers leaves out no row that is asked for, and brings none that is not."""
    tables = ParquetTables(tmp_path)
    times = np.arange(0, 400_000 * 3, 3, dtype=np.int64)
    tables.upsert("t", {"key": "x"}, pa.table({"at": times, "value": times * 0.5}), ["at"])
    inside = ((393_216, 393_219), (393_217, 800_000), (1_199_997, None), (None, 7))
    for low, high in (*inside, (None, None), (0, 1), (9, 3)):
        found = tables.read("t", {"key": "x"}, columns=["value"], where=Between("at", low, high))
        wanted = times[(times >= (low or 0)) & (times < (2**62 if high is None else high))]
        assert np.array_equal(found.column("value").to_numpy(), wanted * 0.5)
