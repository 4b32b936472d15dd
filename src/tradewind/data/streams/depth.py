"""Order books on the wire: a snapshot, and the changes that lead on from it.

Source: Binance Spot and USD-M Futures API, "How to manage a local order book correctly".
"""

from typing import Annotated

import msgspec

Price = Annotated[float, msgspec.Meta(gt=0.0, lt=1e15)]
Size = Annotated[float, msgspec.Meta(ge=0.0, lt=1e18)]
Level = tuple[Price, Size]


class DepthSnapshot(msgspec.Struct, frozen=True):
    """The best levels of a book as it was after ``last_update_id``."""

    last_update_id: int = msgspec.field(name="lastUpdateId")
    bids: list[Level]
    asks: list[Level]


class DepthUpdate(msgspec.Struct, frozen=True):
    """New sizes of levels (0 takes one away) that lead from ``first_id - 1`` to ``last_id``.

    Futures say which update came before (``previous_id``), since their ids have holes; spot does not.
    """

    pair: str = msgspec.field(name="s")
    first_id: int = msgspec.field(name="U")
    last_id: int = msgspec.field(name="u")
    bids: list[Level] = msgspec.field(name="b")
    asks: list[Level] = msgspec.field(name="a")
    previous_id: int | None = msgspec.field(name="pu", default=None)
    time: int = msgspec.field(name="E", default=0)


_snapshot = msgspec.json.Decoder(DepthSnapshot, strict=False)


def decode_snapshot(body: bytes) -> DepthSnapshot:
    """A snapshot; msgspec.DecodeError where it has another shape or a price that is not positive."""
    return _snapshot.decode(body)
