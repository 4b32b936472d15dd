"""Where payloads go that do not have their documented shape: kept for a person to look at, never used."""

import json
from pathlib import Path

from tradewind.core.clock import Clock
from tradewind.core.errors import MalformedPayloadError
from tradewind.core.events import content_hash
from tradewind.core.timestamps import iso
from tradewind.data.policy.redaction import redact
from tradewind.store.export import write_file


class Quarantine:
    """A folder a provider; the newest ``keep`` payloads are held, each with a note beside it."""

    def __init__(self, folder: Path, provider: str, clock: Clock, keep: int = 200) -> None:
        self.folder, self.provider, self.clock, self.keep = folder / provider, provider, clock, keep

    def put(self, what: str, body: bytes, reason: str) -> Path:
        """Write the payload and its note, whole or not at all; the same payload twice is one file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        now = self.clock.now_ns()
        name = content_hash(body)
        path = self.folder / f"{name}.payload"
        note = {"provider": self.provider, "asked": redact(what), "reason": redact(reason), "at": iso(now)}
        write_file(self.folder / f"{name}.json", json.dumps(note, indent=1).encode())
        write_file(path, body)
        self._forget_oldest()
        return path

    def refuse(self, what: str, body: bytes, reason: str) -> MalformedPayloadError:
        """Put it aside and make the error that says where it lies."""
        path = self.put(what, body, reason)
        message = f"{self.provider}'s answer to {redact(what)} does not have its documented shape: {reason}"
        return MalformedPayloadError(message, f"It was kept for inspection in {path}.")

    def clear(self) -> int:
        """Remove all payloads of the provider with their notes; how many there were."""
        held = list(self.folder.glob("*.payload"))
        for path in held:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
        return len(held)

    def _forget_oldest(self) -> None:
        held = sorted(self.folder.glob("*.payload"), key=lambda path: path.stat().st_mtime_ns)
        for path in held[: -self.keep]:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
