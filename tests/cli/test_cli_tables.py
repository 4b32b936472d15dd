"""Tables on terminals of any width, without colours, and in pipes: always whole words."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(words, width, **settings):
    """What a program of our own shows on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    kept = {
        key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
    }
    env = {**kept, "TERM": "xterm-256color", **settings}
    command = [sys.executable, "-m", "tradewind", *map(str, words)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=env)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(60) == 0, shown.decode()
    return shown.decode()


TABLES = [
    ("data", "instruments"),
    ("data", "quality"),
    ("factors", "list", "--group", "momentum"),
    ("orders", "--journal"),
    ("orders", "--fills", "--journal"),
]
WORDS = re.compile(r"AAPL\.XNAS|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("words", TABLES, ids=" ".join)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_broken(tw, home, journal, words, width):
    given = [
        *words,
        *([journal] if words[-1] == "--journal" else []),
        *(["--home", home] * (words[0] == "data")),
    ]
    lines = [ESCAPES.sub("", line) for line in on_terminal(given, width).splitlines()]
    assert max(map(len, lines)) <= width
    whole = set(WORDS.findall(tw(*given).out))
    said = "\n".join(lines)
    assert [word for word in whole if word not in said] == []


def test_a_wide_terminal_has_a_table_and_a_narrow_one_lines(home):
    words = ("data", "quality", "--home", home)
    assert "┃" in on_terminal(words, 140)
    narrow = on_terminal(words, 60)
    assert "┃" not in narrow
    assert "  instrument: AAPL.XNAS" in narrow


def test_colours_are_left_out_where_that_is_asked(home):
    words = ("data", "quality", "--home", home)
    assert ESCAPES.search(on_terminal(words, 140))
    assert not ESCAPES.search(on_terminal(words, 140, NO_COLOR="1"))


@pytest.mark.parametrize("words", [("data", "quality"), ("health",)], ids=" ".join)
def test_a_pipe_gets_plain_text_one_row_a_line(program, home, words):
    done = program(*words, "--home", home)
    assert done.out.isascii() or not re.search(r"[┃│━─┏]", done.out)
    assert not ESCAPES.search(done.out)
    assert all(line == line.rstrip() for line in done.out.splitlines())
    title, head, *rows = done.out.splitlines()
    first = head.split()[0]
    assert title
    assert first in ("instrument", "check")
    assert all(row.split() for row in rows)
    if words[0] == "data":
        assert len(rows) >= 2


def test_columns_are_kept_in_a_pipe_and_no_word_is_broken(tw, home, monkeypatch):
    whole = tw("data", "quality", "--home", home).out.splitlines()
    monkeypatch.setenv("COLUMNS", "60")
    narrow = tw("data", "quality", "--home", home).out
    assert max(map(len, whole)) > 60 >= max(map(len, narrow.splitlines()))
    assert "  instrument: AAPL.XNAS" in narrow.splitlines()
    assert [word for line in whole[1:] for word in line.split() if word not in narrow] == []
    monkeypatch.setenv("COLUMNS", str(max(map(len, whole))))
    assert tw("data", "quality", "--home", home).out.splitlines() == whole


@pytest.mark.parametrize(
    "verb", [("--help",), ("backtest", "--help"), ("data", "load", "--help")], ids=" ".join
)
def test_help_fits_sixty_columns_and_has_no_colours_where_none_are_wanted(verb):
    shown = on_terminal(verb, 60, NO_COLOR="1")
    assert max(len(ESCAPES.sub("", line)) for line in shown.splitlines()) <= 60
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", shown)
