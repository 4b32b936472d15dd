"""Damaged journals through HTTP: each route answers the typed problem, or the data of a sound one."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from session_story import story, write

from tradewind.api.app import create_app
from tradewind.journal.export import export_journal
from tradewind.journal.mark import mark_path
from tradewind.journal.opening import open_writer

FLIPS = 60
PROBLEM = "application/problem+json"
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole session in one file and its mark, without a log beside it."""
    folder = tmp_path_factory.mktemp("sound")
    with open_writer(folder / "begun.journal") as made:
        events = list(story(14, 11))
        for start in range(0, len(events), 30):
            write(made, events[start : start + 30])
    return export_journal(folder / "begun.journal", folder / "copy").journal


def shown_routes(app) -> list[str]:  # type: ignore[no-untyped-def]
    """Every route that shows the session, by the API's own description."""
    paths = app.openapi()["paths"]
    apart = {f"/api/v1/{path}" for path in ("health", "health/live", "journal/verify", "sessions")}
    return sorted(
        path.removeprefix("/api/v1")
        for path, verbs in paths.items()
        if "get" in verbs and "{" not in path and path not in apart
    )


async def answers(asking, path: Path) -> dict[str, httpx.Response]:  # type: ignore[no-untyped-def]
    app = create_app(path, health=dict, takes_commands=True, poll_s=0.02)
    async with asking(app) as client:
        got = {route: await client.get(route) for route in shown_routes(app)}
        got["/journal/verify"] = await client.get("/journal/verify")
        order = "paper-2026-03-02"
        got["/orders/{id}/explain"] = await client.get(f"/orders/{order}/explain")
    return got


def copied(sound: Path, folder: Path) -> Path:
    for file in (sound, mark_path(sound)):
        shutil.copy(file, folder / file.name)
    return folder / sound.name


def sql(*statements: str) -> Damage:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("PRAGMA journal_mode = DELETE")
            for statement in statements:
                file.execute(statement)

    return change


def cut(part: float) -> Damage:
    def change(path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])

    return change


def replaced(path: Path) -> None:
    """Another session under the same name, beside the mark of the one that was there."""
    other = path.with_name("other")
    with open_writer(other / "x.journal") as made:
        write(made, story(14, 12))
    path.write_bytes(export_journal(other / "x.journal", other / "copy").journal.read_bytes())


MIDDLE = "first = (SELECT first FROM commits ORDER BY first LIMIT 1 OFFSET 7)"
CHANGED = "CAST(substr(packed, 1, 300) || x'00' || substr(packed, 302) AS BLOB)"
DAMAGES: dict[str, tuple[Damage, int]] = {
    "the mark is missing": (lambda path: mark_path(path).unlink(), 409),
    "the mark is damaged in both copies": (lambda path: mark_path(path).write_bytes(b"\1" * 8_192), 409),
    "the mark is of more records": (
        lambda path: sql("DELETE FROM commits WHERE first = (SELECT max(first) FROM commits)")(path),
        409,
    ),
    "a commit is taken out": (sql(f"DELETE FROM commits WHERE {MIDDLE}"), 409),
    "a body is changed": (
        sql(f"UPDATE commits SET packed = {CHANGED} WHERE {MIDDLE}"),
        409,
    ),
    "a hash is changed": (sql(f"UPDATE commits SET hash = zeroblob(32) WHERE {MIDDLE}"), 409),
    "a version is changed": (sql(f"UPDATE commits SET version = '2/9.9.9' WHERE {MIDDLE}"), 409),
    "another session": (replaced, 409),
    "half of the file": (cut(0.5), 409),
    "nothing of the file": (cut(0.0), 409),
    "text": (lambda path: path.write_bytes(b"this is no journal" * 500), 503),
}


@pytest.mark.parametrize(("damage", "wanted"), DAMAGES.values(), ids=list(DAMAGES))
async def test_each_damage_is_its_typed_problem_on_every_route(
    asking, sound: Path, tmp_path: Path, damage: Damage, wanted: int
) -> None:
    path = copied(sound, tmp_path)
    damage(path)
    got = await answers(asking, path)
    verified = got.pop("/journal/verify")
    assert verified.status_code in (404, 409) or verified.json()["verified"] is False
    for route, answer in got.items():
        assert (answer.status_code, answer.headers["content-type"]) == (wanted, PROBLEM), route
        assert answer.json()["detail"]
        assert str(tmp_path) not in answer.text


async def test_a_flipped_bit_is_said_or_changes_nothing(asking, sound: Path, tmp_path: Path) -> None:
    expected = await answers(asking, sound)
    assert {answer.status_code for route, answer in expected.items() if "{" not in route} == {200}
    rng = random.Random(5)
    said = 0
    for _ in range(FLIPS):
        path = copied(sound, tmp_path)
        data = bytearray(path.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        got = await answers(asking, path)
        verified = got.pop("/journal/verify")
        for route, answer in got.items():
            if answer.status_code in (404, 409, 410, 503) and answer.text != expected[route].text:
                assert answer.headers["content-type"] == PROBLEM
                said += 1
            else:
                assert (answer.status_code, answer.text) == (
                    expected[route].status_code,
                    expected[route].text,
                ), route
        if any(answer.status_code != expected[route].status_code for route, answer in got.items()):
            assert verified.status_code != 200 or verified.json()["verified"] is False
    assert said > FLIPS  # most bits of the file are the records' own


async def test_an_index_that_hides_records_is_409_where_records_are_looked_up(
    asking, sound: Path, tmp_path: Path
) -> None:
    expected = await answers(asking, sound)
    path = copied(sound, tmp_path)
    sql("DELETE FROM kinds WHERE kind = 'forecast' AND first > (SELECT max(first) FROM commits) / 2")(path)
    got = await answers(asking, path)
    for route in ("/refusals/explain", "/orders/{id}/explain"):
        assert (got[route].status_code, "index of kinds" in got[route].json()["detail"]) == (409, True)
        del got[route]
    assert got.pop("/journal/verify").json()["verified"] is False
    for route, answer in got.items():
        assert (answer.status_code, answer.text) == (200, expected[route].text), route
