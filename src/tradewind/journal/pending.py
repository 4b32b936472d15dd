"""What was appended and not yet committed, already split into the rows that it becomes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from tradewind.journal.kinds import TAGS
from tradewind.journal.rows import pack


@dataclass(slots=True)
class Pending:
    """The records of one row, column by column, with what they are found by."""

    first: int
    version: str
    causes: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    kinds: set[type[msgspec.Struct]] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def row(self) -> tuple[int, int, str, bytes, bytes]:
        """The stored columns, as ``commits`` has them."""
        last = self.first + len(self.bodies) - 1
        packed = pack(self.causes, self.bodies, self.hashes)
        return self.first, last, self.version, self.hashes[-1], packed

    def kind_entries(self) -> Iterator[tuple[str, int]]:
        """Entries of the index of kinds."""
        return ((TAGS[kind], self.first) for kind in self.kinds)

    def key_entries(self) -> Iterator[tuple[str, int]]:
        """Entries of the index of keys."""
        return ((key, self.first) for key in self.keys)
