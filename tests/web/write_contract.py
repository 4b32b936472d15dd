"""Writes ``web/src/wire/contract.json``: a made-up session before and after a change, as the views send it.

Run it when a row's shape has changed, with ``tests/views`` on the path:
``PYTHONPATH=tests/views python tests/web/write_contract.py``.
"""

import json
from pathlib import Path

import msgspec
from session_story import story, write

from tradewind.journal.memory import MemoryJournal
from tradewind.views.rows import Changes, Kept
from tradewind.views.session.view import SessionView

CONTRACT = Path(__file__).parents[2] / "web" / "src" / "wire" / "contract.json"
SMALL = Kept(decisions=3, closed_orders=2, refusals=2, notices=4)
BEFORE, AFTER = 179, 259


def contract() -> dict[str, Changes]:
    """The session at one record, what changed up to another, and the session then."""
    journal = MemoryJournal()
    write(journal, story(20, 7))
    view, seen = SessionView(SMALL, curve_points=8), {}
    for record in journal.read():
        view.apply(record)
        if record.seq == BEFORE:
            seen["before"] = view.changes()
        if record.seq == AFTER:
            return {**seen, "change": view.changes(BEFORE), "after": view.changes()}
    message = f"The story has no record {AFTER}."
    raise LookupError(message)


if __name__ == "__main__":
    made = json.loads(msgspec.json.encode(contract()))
    CONTRACT.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
