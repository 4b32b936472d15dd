"""Changing a journal's file as somebody who knows its format would, by the documented formula alone."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import msgspec

Columns = tuple[list[int], list[bytes], list[bytes]]
GENESIS = hashlib.sha256(b"tradewind journal, format 2").digest()


def edit(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(statement, values)


def copy(journal: Path, folder: Path) -> Path:
    """Journal, mark and log in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("", ".mark", "-wal"):
        source = journal.with_name(journal.name + suffix)
        if source.exists():
            shutil.copy(source, folder / source.name)
    return folder / journal.name


def change(path: Path, seq: int, how: Callable[[Columns, int], None]) -> None:
    """Change the columns ``(causes, bodies, hashes)`` of the commit that holds record ``seq``."""
    with closing(sqlite3.connect(path)) as file, file:
        first, packed = file.execute(
            "SELECT first, packed FROM commits WHERE first <= ? ORDER BY first DESC LIMIT 1", (seq,)
        ).fetchone()
        causes, bodies, joined = msgspec.msgpack.decode(packed)
        hashes = [joined[at : at + 32] for at in range(0, len(joined), 32)]
        how((causes, bodies, hashes), seq - first)
        packed = msgspec.msgpack.encode((causes, bodies, b"".join(hashes)))
        file.execute("UPDATE commits SET packed = ? WHERE first = ?", (packed, first))


def rewrite(path: Path, bodies_by_seq: Mapping[int, bytes]) -> None:
    """Change bodies and make the whole chain anew behind them, mark included."""
    link, seq = GENESIS, 0
    with closing(sqlite3.connect(path)) as file, file:
        rows = file.execute("SELECT first, version, packed FROM commits ORDER BY first").fetchall()
        for first, version, packed in rows:
            causes, bodies, _ = msgspec.msgpack.decode(packed)
            hashes = []
            for at, cause in enumerate(causes):
                seq = first + at
                bodies[at] = bodies_by_seq.get(seq, bodies[at])
                fields = seq.to_bytes(8, "big") + cause.to_bytes(8, "big") + version.encode() + b"\x00"
                link = hashlib.sha256(link + fields + bodies[at]).digest()
                hashes.append(link)
            packed = msgspec.msgpack.encode((causes, bodies, b"".join(hashes)))
            file.execute("UPDATE commits SET packed = ?, hash = ? WHERE first = ?", (packed, link, first))
    content = b"TWM2" + seq.to_bytes(8, "big") + link
    block = (content + hashlib.sha256(content).digest()[:16]).ljust(4096, b"\x00")
    path.with_name(path.name + ".mark").write_bytes(block + block)
