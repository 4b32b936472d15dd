"""Stored files on a disk that fails at any step, under writers that are killed, and through power cuts."""

import errno
import hashlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from forgetful_disk import ForgetfulDisk, Killed
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import StoreError
from tradewind.store import disk
from tradewind.store.files import (
    current_file,
    locked,
    read_checked,
    remove_files,
    replace_file,
    write_whole,
)
from tradewind.store.parquet import ParquetTables

PLACES = ("a=1/b=1", "a=1/b=2")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS)


def put(folder: Path, data: bytes | None) -> None:
    """Make the data the folder's file, or remove what is there."""
    with locked(folder):
        if data is None:
            remove_files(folder)
        else:
            replace_file(folder, data)


def stored(folder: Path) -> bytes | None:
    found = read_checked(folder)
    return None if found is None else found[1]


@dataclass
class History:
    """What may be found at each place: what calls that returned have left, and those that did not."""

    disk: ForgetfulDisk
    may: dict[str, set[bytes | None]] = field(default_factory=lambda: {place: {None} for place in PLACES})

    def check(self) -> None:
        for place, may in self.may.items():
            found = stored(self.disk.root / place)  # A torn file would raise CorruptFileError.
            assert found in may, f"{place} has {found!r}, not one of {may}"

    def call(self, place: str, data: bytes | None, fault: BaseException | None, at: int) -> bool:
        """Whether it returned."""
        self.may[place].add(data)
        self.disk.fail_at, self.disk.fault = (None, Killed()) if fault is None else (at, fault)
        try:
            put(self.disk.root / place, data)
        except (Killed, StoreError):
            assert fault is not None
            return False
        finally:
            self.disk.fail_at = None
        self.may[place] = {data}
        return True


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_readers_find_the_old_or_the_new_whole_whatever_the_disk_does(data: st.DataObject) -> None:
    contents = st.none() | st.sampled_from([b"one", b"another", b"third" * 3])
    with tempfile.TemporaryDirectory() as text:
        history = History(ForgetfulDisk(Path(text)))
        for nth in range(data.draw(st.integers(1, 3), label="power cuts")):
            history.disk.before_step = history.check
            with history.disk.installed():
                for _ in range(data.draw(st.integers(1, 5), label="calls")):
                    kind = data.draw(st.sampled_from(["none", "kill", *ERRORS]), label="fault")
                    fault = None if kind == "none" else Killed() if kind == "kill" else OSError(kind, "")
                    place = data.draw(st.sampled_from(PLACES))
                    at = data.draw(st.integers(0, 12), label="step")
                    history.disk.torn = data.draw(st.sampled_from([0.0, 0.4, 1.0]))
                    history.call(place, data.draw(contents), fault, at)
                    history.check()
            history.disk = after_power_cut(history.disk, Path(text) / f"{nth}", data)
            history.check()
        with history.disk.installed():
            for place in PLACES:
                assert history.call(place, b"last", None, 0)
                names = {path.name for path in (history.disk.root / place).iterdir()}
                assert names == {".lock", f"{generation(history, place):08d}-{sha256(b'last')}.parquet"}


def generation(history: History, place: str) -> int:
    file = current_file(history.disk.root / place)
    assert file is not None
    return file.generation


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def after_power_cut(before: ForgetfulDisk, target: Path, data: st.DataObject) -> ForgetfulDisk:
    def kept(count: int) -> list[bool]:
        return data.draw(st.lists(st.booleans(), min_size=count, max_size=count), label="names kept")

    def bytes_of(seen: bytes) -> bytes:
        length = data.draw(st.integers(0, len(seen)), label="bytes kept")
        hole = data.draw(st.booleans(), label="zeros for the rest")
        return seen[:length] + (bytes(len(seen) - length) if hole else b"")

    return before.power_cut(target, kept, bytes_of)


def every_cut(calls: list[tuple[str, bytes | None]]) -> Iterator[History]:
    """The calls, broken off before each step, then a power cut, in every order that names may come in."""
    for at in itertools.count():
        masks: list[int] = []
        for mask in itertools.count():
            with tempfile.TemporaryDirectory() as text:
                history = History(ForgetfulDisk(Path(text) / "seen"))
                history.disk.root.mkdir()
                with history.disk.installed():
                    all_done = broken_off(history, calls, at)
                bits = 0

                def kept(count: int, mask: int = mask) -> list[bool]:
                    nonlocal bits
                    chosen = [bool(mask >> (bits + nth) & 1) for nth in range(count)]
                    bits += count
                    return chosen

                history.disk = history.disk.power_cut(
                    Path(text) / "found", kept, lambda seen: seen[: len(seen) // 2]
                )
                yield history
            masks.append(bits)
            if mask + 1 >= 1 << max(masks):
                break
        if all_done:
            return


def broken_off(history: History, calls: list[tuple[str, bytes | None]], at: int) -> bool:
    """Make the calls up to the step ``at``; whether all of them returned."""
    for place, data in calls:
        before = len(history.disk.steps)
        if not history.call(place, data, Killed(), at):
            return False
        at -= len(history.disk.steps) - before
    return True


@pytest.mark.parametrize(
    "calls",
    [
        [(PLACES[0], b"one"), (PLACES[1], b"two")],
        [(PLACES[0], b"one"), (PLACES[0], b"two"), (PLACES[0], None)],
        [(PLACES[0], b"one"), (PLACES[0], b"one"), (PLACES[0], b"two"), (PLACES[0], b"two")],
        [(PLACES[0], b"one"), (PLACES[0], None), (PLACES[0], b"two")],
    ],
)
def test_every_power_cut_at_every_step_leaves_the_old_or_the_new(
    calls: list[tuple[str, bytes | None]],
) -> None:
    cuts = 0
    for history in every_cut(calls):
        history.check()
        cuts += 1
    assert cuts > 20


def test_removal_that_died_lets_no_older_rows_come_back(tmp_path: Path) -> None:
    """A kill after the newest was renamed in leaves the one before it; removing both must not show it."""
    history = History(ForgetfulDisk(tmp_path))
    with history.disk.installed():
        history.call(PLACES[0], b"old", None, 0)
        steps = len(history.disk.steps)
        history.call(PLACES[0], b"new", Killed(), 4)
        assert history.disk.steps[steps:] == ["create", "write", "sync", "rename", "sync_folder"]
        assert stored(tmp_path / PLACES[0]) == b"new"
        assert len(list((tmp_path / PLACES[0]).glob("*.parquet"))) == 2
        found = []
        history.disk.before_step = lambda: found.append(stored(tmp_path / PLACES[0]))
        history.call(PLACES[0], None, None, 0)
    assert set(found) == {b"new", None}
    assert stored(tmp_path / PLACES[0]) is None


def test_a_removal_that_died_is_made_certain_by_the_next(tmp_path: Path) -> None:
    """Also through tables, which see nothing to remove any more."""
    store, part = ParquetTables(tmp_path / "seen"), {"k": "x"}
    watched = ForgetfulDisk(store.root)
    store.root.mkdir()
    with watched.installed():
        store.upsert("rows", part, pa.table({"t": [1]}), ["t"])
        watched.fail_at = 2  # After the newest is removed, before that is certain.
        with pytest.raises(Killed):
            store.drop("rows", part)
        assert not store.has("rows", part)
        store.drop("rows", part)
    watched.power_cut(tmp_path / "found", lambda count: [False] * count, lambda _: b"")
    assert not ParquetTables(tmp_path / "found").has("rows", part)


def test_a_new_folder_is_on_the_disk_before_anything_is_told_to_be_stored(tmp_path: Path) -> None:
    """Also where the writer that made it died before it was."""
    for died_at in (0, 1, 2, 3, 4):
        history = History(ForgetfulDisk(tmp_path / str(died_at)))
        history.disk.root.mkdir()
        with history.disk.installed():
            history.call(PLACES[0], b"one", Killed(), died_at)
            history.call(PLACES[0], b"two", None, 0)
        target = tmp_path / f"after {died_at}"
        history.disk = history.disk.power_cut(target, lambda count: [False] * count, lambda _: b"")
        history.check()
        assert stored(target / PLACES[0]) == b"two"


# Errors of the disk --------------------------------------------------------------------------


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("at", range(6))
def test_an_error_at_any_step_of_a_write_is_told_and_loses_nothing(
    tmp_path: Path, code: int, at: int
) -> None:
    rows = [pa.table({"t": pa.array([1, 2, nth], pa.int64())}) for nth in (3, 4)]
    part = {"symbol": "BTC/USD"}
    watched, store = ForgetfulDisk(tmp_path), ParquetTables(tmp_path)
    with watched.installed():
        store.upsert("rows", part, rows[0], ["t"])
        before = len(watched.steps)
        watched.fail_at, watched.fault = at, OSError(code, os.strerror(code))
        said = "No room on the disk" if code == errno.ENOSPC else os.strerror(code)
        with pytest.raises(StoreError, match=said):
            store.upsert("rows", part, rows[1], ["t"])
        steps = ["create", "write", "sync", "rename", "sync_folder", "remove"]
        assert watched.steps[before:][: at + 1] == steps[: at + 1]
        found = store.read("rows", part).column("t").to_pylist()
        assert found == ([1, 2, 3, 4] if at > steps.index("rename") else [1, 2, 3])
        store.upsert("rows", part, rows[1], ["t"])
    assert store.read("rows", part).column("t").to_pylist() == [1, 2, 3, 4]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_folders_that_cannot_be_listed_are_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ParquetTables(tmp_path)
    store.upsert("rows", {"k": "x"}, pa.table({"t": [1]}), ["t"])

    def fail(*_: object) -> list[str]:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "listdir", fail)
    for use in (
        lambda: store.has("rows", {"k": "x"}),
        lambda: store.read("rows", {"k": "x"}),
        lambda: store.partitions("rows"),
    ):
        with pytest.raises(StoreError, match="Input/output error"):
            use()


@pytest.mark.parametrize(("code", "passes"), [(errno.EINVAL, True), (errno.EACCES, True), (errno.EIO, False)])
def test_only_a_folder_that_nobody_can_sync_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, passes: bool
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    if passes:
        disk.sync_folder(tmp_path)
    else:
        with pytest.raises(OSError, match="Input/output"):
            disk.sync_folder(tmp_path)


def test_a_failed_write_tells_its_own_error_and_not_that_of_tidying_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(code: int) -> Callable[..., None]:
        def step(*_: object) -> None:
            raise OSError(code, os.strerror(code))

        return step

    monkeypatch.setattr(disk, "sync", fail(errno.ENOSPC))
    monkeypatch.setattr(disk, "remove", fail(errno.EIO))
    with pytest.raises(StoreError, match="No room on the disk"):
        write_whole(tmp_path / "x.csv", b"text")


def test_the_hundred_millionth_write_is_still_found(tmp_path: Path) -> None:
    with locked(tmp_path):
        replace_file(tmp_path, b"old")
        (old,) = tmp_path.glob("*.parquet")
        old.rename(tmp_path / old.name.replace("00000001", "99999999"))
        assert replace_file(tmp_path, b"new")
    assert stored(tmp_path) == b"new"


# Real kills ----------------------------------------------------------------------------------

NOTHING = -1

WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
from tradewind.store.parquet import ParquetTables

store = ParquetTables(Path(sys.argv[1]))
for i in range(int(sys.argv[2]), 1_000_000):
    print("begin", i, flush=True)
    for part in ("1", "2"):
        if i % 5 == 4:
            store.drop("rows", {"part": part})
        else:
            frame = pa.table({"t": pa.array(range(500)), "v": pa.array([i] * 500)})
            store.upsert("rows", {"part": part}, frame, ["t"], replace=i % 2 == 0)
    print("done", i, flush=True)
"""


@pytest.mark.slow
def test_writers_killed_at_random_moments_one_after_the_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    store = ParquetTables(tmp_path)
    may, after = {"1": {NOTHING}, "2": {NOTHING}}, 0
    for _ in range(8):
        begun, done = killed_writer(tmp_path, after, float(rng.uniform(0.0, 0.2)))
        for part, values in may.items():
            values |= {outcome(begun)}
            if done is not None:
                values &= {outcome(done), outcome(begun)}
            rows = {"part": part}
            found = set(store.read("rows", rows).column("v").to_pylist()) if store.has("rows", rows) else ()
            assert len(found) <= 1
            assert next(iter(found), NOTHING) in values
        after = begun + 1
    assert after > 8
    store.upsert("rows", {"part": "1"}, pa.table({"t": [1], "v": [1]}), ["t"], replace=True)
    assert len(list((tmp_path / "rows" / "part=1").iterdir())) == 2


def outcome(nth: int) -> int:
    """What the writer's round leaves in each part."""
    return NOTHING if nth % 5 == 4 else nth


def killed_writer(root: Path, first: int, seconds: float) -> tuple[int, int | None]:
    """The last round begun, and the last one done, of a writer killed so long after its first word."""
    command = [sys.executable, "-c", WRITER, str(root), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(seconds)
        os.kill(child.pid, signal.SIGKILL)
        told = [words.split() for words in (line + child.stdout.read()).splitlines()]
    done = [int(nth) for what, nth in told if what == "done"]
    return max(int(nth) for what, nth in told if what == "begin"), max(done, default=None)
