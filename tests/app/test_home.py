"""The home folder: its owner's alone, and what cannot be one is said in a sentence."""

import os
import stat

import pytest

from tradewind.app.home import Home, session_name
from tradewind.core.errors import ConfigError, StoreError
from tradewind.core.events import Timer
from tradewind.journal.opening import open_keys, open_writer

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_what_is_made_is_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        home = Home(tmp_path / "new" / "home").make()
    finally:
        os.umask(before)
    folders = (home.root, home.store, home.models, home.journals, home.reports)
    assert [oct(mode(folder)) for folder in folders] == ["0o700"] * 5


@posix
def test_what_was_open_inside_is_closed_and_a_folder_of_the_user_is_left(tmp_path):
    home = Home(tmp_path)
    home.journals.mkdir(mode=0o755)
    home.journals.chmod(0o755)
    tmp_path.chmod(0o755)
    home.make()
    assert (mode(home.journals), mode(tmp_path)) == (0o700, 0o755)


def test_a_file_is_no_home(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for home in (Home(file), Home(file / "under")):
        with pytest.raises(StoreError, match="cannot be made"):
            home.make()
    with pytest.raises(StoreError, match="is not a folder"):
        Home(file).check()
    with pytest.raises(StoreError, match="cannot be made"):
        Home(tmp_path / ("x" * 300)).make()
    assert Home(tmp_path / "none").check().root == tmp_path / "none"


@pytest.mark.parametrize("name", ["spring", "demo-1", "A_b.c-9", "-", "x" * 64])
def test_names_of_sessions(tmp_path, name):
    assert session_name(name) == name
    assert Home(tmp_path).journal(name).parent == Home(tmp_path).journals


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "../../evil", "a/b", "a\\b", "x" * 65, "a b", "é", "a\n", "a\0", "٣"]
)
def test_names_that_are_none(tmp_path, name):
    home = Home(tmp_path)
    for way in (session_name, home.journal, home.report):
        with pytest.raises(ConfigError, match="cannot be the name of a session"):
            way(name)


def test_the_newest_journal_is_the_one_committed_last_though_its_file_is_behind_its_log(tmp_path):
    home = Home(tmp_path).make()
    with open_writer(home.journal("first")) as first:
        first.append(Timer(ts_event=1, name="cycle"))
        first.commit()
        open_writer(home.journal("second")).close()
        for file in home.journals.iterdir():
            os.utime(file, ns=(10**9, 10**9))
        os.utime(home.journal("second"), ns=(2 * 10**9, 2 * 10**9))
        first.append(Timer(ts_event=2, name="cycle"))
        first.commit()
        os.utime(home.journal("first"), ns=(10**9, 10**9))  # A commit goes to the log, not to the file.
        assert home.newest_journal() == home.journal("first")


def test_a_session_is_known_by_its_mark_or_key_ring_where_the_journal_is_gone(tmp_path):
    home = Home(tmp_path).make()
    open_writer(home.journal("marked")).close()
    open_keys(home.journal("ring")).close()
    home.journal("marked").unlink()
    assert home.all_journals() == [home.journal("marked"), home.journal("ring")]
    assert home.newest_journal() == home.journal("marked")
    home.journal("circle").symlink_to(home.journal("circle"))
    assert home.journal("circle") in home.journals_begun()
    home.newest_journal()
