"""Sessions from the command line: names, modes, what is ignored, and whose the files are."""

import json
import os
import stat

import msgspec
import pytest
import yaml

from tradewind.journal.opening import open_reader, open_writer

CONFIG = {
    "research": {"symbols": ["AAPL"], "models": ["time_series_momentum"]},
    "session": {
        "symbols": ["MSFT"],
        "gauges": [],
        "window": {"start": "2020-01-02", "end": "2020-02-01"},
        "warmup_bars": 30,
        "train_years": 2,
    },
    "compute": "serial",
}


@pytest.fixture(scope="module")
def begun(tw, tmp_path_factory):
    """A home with one short paper session, and the file it was begun with."""
    folder = tmp_path_factory.mktemp("begun")
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(CONFIG))
    done = tw("paper", "--name", "spring", "--config", file, "--home", folder / "home", "--json")
    assert done.code == 0, done.err
    assert done.json()["ignored"] == []
    return folder


def test_a_session_that_goes_on_says_what_it_ignores(tw, begun):
    other = begun / "other.yaml"
    changed = {**CONFIG, "session": {**CONFIG["session"], "cash": 5_000.0}}
    other.write_text(yaml.safe_dump(changed))
    words = ("paper", "--name", "spring", "--config", other, "--home", begun / "home", "--seed", "9")
    said = tw(*words, "--override-gate", "--json").json()["ignored"]
    assert [line.split()[0] for line in said] == [
        "seed",
        "session.cash",
        "session.override_gate",
    ]
    assert "seed stays 7; 9 is ignored" in said
    assert "session.override_gate stays False; --override-gate is ignored" in said
    assert "session.cash stays 100000.0; 5000.0 is ignored" in tw(*words).err


def test_a_session_that_traded_nothing_says_why(tw, begun):
    done = tw("paper", "--name", "spring", "--config", begun / "mine.yaml", "--home", begun / "home")
    assert "0 orders" in done.out
    assert "spring.journal` tells what came nearest to an order" in done.out
    assert "The gate has accepted no model of blend" in done.out
    assert "time_series_momentum: It was never judged." in done.out
    assert "--override-gate" in done.out
    assert "Models learned from" in done.err


def test_a_session_keeps_its_mode(tw, begun):
    before = (begun / "home" / "journals" / "spring.journal").read_bytes()
    done = tw("backtest", "--name", "spring", "--config", begun / "mine.yaml", "--home", begun / "home")
    assert done.code == 2
    assert "'spring' was begun as paper; it cannot go on as backtest" in done.one_error()
    assert (begun / "home" / "journals" / "spring.journal").read_bytes() == before


@pytest.mark.parametrize("verb", ["paper", "backtest", "replay"])
def test_a_name_stays_inside_the_home(tw, begun, verb):
    before = set(begun.parent.rglob("*"))
    name = ("../../evil",) if verb == "replay" else ("--name", "../../evil")
    done = tw(verb, *name, "--config", begun / "mine.yaml", "--home", begun / "home")
    assert done.code == 2
    assert "'../../evil' cannot be the name of a session" in done.one_error()
    assert set(begun.parent.rglob("*")) == before


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_all_that_a_session_writes_is_its_owners_alone(begun):
    written = list((begun / "home").rglob("*"))
    assert len(written) > 20
    others = [str(path) for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert others == []


def test_a_session_begun_with_a_setting_that_is_gone_says_so(tw, begun, tmp_path):
    home = tmp_path / "home"
    (home / "journals").mkdir(parents=True)
    with open_reader(begun / "home" / "journals" / "spring.journal") as reader:
        started = next(iter(reader.read(1, 2))).event
    kept = json.loads(started.configuration) | {"environment": "paper"}
    with open_writer(home / "journals" / "spring.journal") as journal:
        journal.append(msgspec.structs.replace(started, configuration=json.dumps(kept)))
        journal.commit()
    done = tw("replay", "spring", "--home", home)
    assert done.code == 6
    assert "was begun with environment, which is not known any more" in done.one_error()


@pytest.mark.parametrize("verb", ["paper", "backtest", "validate", "train", "demo"])
def test_nothing_is_begun_on_a_configuration_that_cannot_run(tw, tmp_path, verb):
    file = tmp_path / "mine.yaml"
    file.write_text("decision:\n  sizing:\n    kelly:\n      fracton: 0.1\n")
    done = tw(verb, "--config", file, "--home", tmp_path / "home")
    assert done.code == 2
    assert f"{file}, line 4: decision.sizing.kelly has no setting 'fracton'" in done.one_error()
    assert not (tmp_path / "home").exists()


HOME_VERBS = [
    ("data", "load", "AAPL"),
    ("data", "show", "AAPL"),
    ("data", "quality"),
    ("orders",),
    ("explain",),
    ("replay", "spring"),
    ("audit", "verify"),
    ("train", "--list"),
    ("paper",),
    ("serve",),
]


@pytest.mark.parametrize("words", HOME_VERBS, ids=" ".join)
def test_a_file_is_no_home(tw, tmp_path, words):
    file = tmp_path / "file"
    file.write_text("mine")
    done = tw(*words, "--home", file)
    assert done.code == 5
    assert f"The home {file} is not a folder" in done.one_error()
    assert file.read_text() == "mine"


def test_health_of_a_home_that_is_a_file_is_an_error(tw, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    done = tw("health", "--home", file, "--json")
    assert done.code == 1
    home = done.json()["checks"][0]
    assert (home["name"], home["state"]) == ("home", "error")


@pytest.mark.parametrize("port", ["70000", "0", "-1", "http"])
def test_a_port_that_is_none(tw, tmp_path, port):
    done = tw("serve", "--port", port, "--home", tmp_path)
    assert done.code == 2
    assert "'--port'" in done.one_error()
