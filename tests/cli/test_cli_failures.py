"""What must hold when something is wrong: one clear sentence, a code that is not zero, and nothing lost.

What fails is run as a process of its own, what is looked at around it is not.
"""

import os
import shutil
import subprocess

import pytest

from tradewind.core.events import encode_event
from tradewind.journal.export import export_journal
from tradewind.journal.opening import open_reader


def test_a_bad_configuration_names_file_line_and_key(program, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 7\nsession:\n  cash: lots\n")
    done = program("config", "check", "--config", file)
    assert done.code == 2
    said = done.one_error()
    assert f"{file}, line 3: session.cash" in said
    assert "'lots'" in said


def test_an_unknown_key_is_refused(program, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 7\n\nresearch:\n  modells: [logistic]\n")
    done = program("validate", "--config", file, "--home", tmp_path / "home")
    assert done.code == 2
    assert f"{file}, line 4: research.modells" in done.one_error()
    assert not (tmp_path / "home").exists()


def test_an_unknown_symbol_leaves_the_store_as_it_is(program, home, contents):
    before = contents(home)
    done = program("data", "load", "AAPL,NOSUCH", "--home", home)
    assert done.code == 3
    assert "'NOSUCH'" in done.one_error()
    assert contents(home) == before


@pytest.mark.parametrize("kind", ["model of validate", "model of train", "factor"])
def test_an_unknown_name_is_told_before_any_work(program, tmp_path, kind):
    words = {
        "model of validate": ("validate", "--models", "oracle"),
        "model of train": ("train", "--models", "oracle"),
        "factor": ("factors", "compute", "AAPL", "oracle"),
    }[kind]
    done = program(*words, "--home", tmp_path / "home")
    assert done.code == 2
    said = done.one_error()
    assert "'oracle'" in said
    assert len(said) < 600
    assert not (tmp_path / "home").exists()


def test_a_corrupt_store_file_is_named_and_left_alone(tw, program, home, contents, tmp_path):
    folder = tmp_path / "home"
    shutil.copytree(home, folder)
    file = next(path for path in (folder / "store" / "bars").rglob("*.parquet") if "AAPL" in str(path))
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    before = contents(folder)
    words = (("data", "show", "AAPL"), ("data", "load", "AAPL"), ("data", "export", "AAPL", "--to", "x.csv"))
    for run, said in zip((program, tw, tw), words, strict=True):
        done = run(*said, "--home", folder)
        assert done.code == 5
        assert file.name in done.one_error()
    assert contents(folder) == before
    assert tw("data", "show", "BTCUSD", "--home", folder, "--json").json()["bars"] == 451
    health = tw("health", "--home", folder, "--json")
    store = next(check for check in health.json()["checks"] if check["name"] == "store")
    assert (health.code, store["state"], store["figures"]["damaged"]) == (1, "error", 1)


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_a_journal_with_one_flipped_bit_names_the_record(program, journal, tmp_path, bit):
    copy = export_journal(journal, tmp_path).journal
    data = bytearray(copy.read_bytes())
    seq, body = _a_body_that_stands_once(copy, bytes(data))
    data[data.index(body) + len(body) - 2] ^= 1 << bit
    copy.write_bytes(data)
    done = program("audit", "verify", copy)
    assert done.code == 6
    assert f"ecord {seq} " in done.one_error()
    assert copy.read_bytes() == data


def _a_body_that_stands_once(path, data):
    """A record in the middle whose bytes lie in the file in one piece."""
    with open_reader(path) as reader:
        rows = [(record.seq, encode_event(record.event)) for record in reader.read(101)]
    return next((seq, body) for seq, body in rows if len(body) > 60 and data.count(body) == 1)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small disk may not be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_loses_nothing(tw, program, small_disk, contents):
    home = small_disk / "home"
    assert tw("data", "load", "AAPL", "--home", home).code == 0
    shown = ("data", "show", "AAPL", "--rows", "4000", "--home", home, "--json")
    before = tw(*shown).json()
    filler = small_disk / "filler"
    room = os.statvfs(small_disk)
    filler.write_bytes(bytes(max(room.f_bavail * room.f_frsize - 40_000, 0)))
    kept = contents(home)

    done = program("data", "load", "MSFT,IBM", "--home", home)
    assert done.code == 5
    assert "No room on the disk" in done.one_error()
    after = contents(home)
    assert kept.items() <= after.items()
    assert not [name for name in after if name.endswith(".tmp")]
    assert tw(*shown).json() == before
    health = tw("health", "--home", home, "--json")
    disk = next(check for check in health.json()["checks"] if check["name"] == "disk")
    assert (health.code, disk["state"]) == (1, "error")

    filler.unlink()
    assert tw("data", "load", "MSFT", "--home", home).code == 0
