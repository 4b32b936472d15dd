"""A view of one instrument and what it comes to: why it is traded, or what becomes of a position else."""

from collections.abc import Sequence
from typing import NamedTuple

from tradewind.core.decisions import FilterVerdict
from tradewind.core.vocabulary import Outcome
from tradewind.ensemble.blend import Blend
from tradewind.strategies.memory import InstrumentMemory


class View(NamedTuple):
    """What the models and conditions say of one instrument in one cycle, before it is sized."""

    blend: Blend
    side: int
    cost_bps: float
    verdicts: tuple[FilterVerdict, ...]
    passed: bool


def entry_words(blend: Blend, side: int, cost_bps: float) -> str:
    """Why a position is wanted."""
    way = "up" if side > 0 else "down"
    counted = sum(vote.weight > 0.0 for vote in blend.votes)
    return (
        f"{counted} models expect {blend.edge_bps:+.1f} bps over {blend.horizon_bars} bars "
        f"({way}, probability {blend.probability_up:.3f}) against a round trip of {cost_bps:.1f} bps."
    )


def without_entry(
    memory: InstrumentMemory, held: int, side: int, why: str, longest: int
) -> tuple[int, Outcome, str]:
    """Target lots, outcome and reason when nothing new is entered: a position is held for at most ``longest``
    bars, or closed.
    """
    if held == 0:
        return 0, Outcome.BLOCKED, f"Nothing is held and nothing is opened: {why}."
    if (held > 0) != (side > 0):
        return 0, Outcome.CLOSE, f"The blend now points the other way; the position is closed ({why})."
    bars = memory.bars_since_signal
    if bars >= longest:
        return 0, Outcome.CLOSE, f"Held {bars} bars without a new signal; closed ({why})."
    return held, Outcome.HOLD, f"The position is kept within its horizon; nothing is added ({why})."


def first_failure(verdicts: Sequence[FilterVerdict]) -> str:
    """The first hard condition that stood against an entry."""
    failed = next((v for v in verdicts if v.hard and not v.passed), None)
    if failed is None:
        return "no entry"
    return f"{failed.name} failed: {failed.note}" if failed.note else f"{failed.name} failed"
