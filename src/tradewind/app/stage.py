"""How long work in several stages tells of itself."""

from collections.abc import Callable

Stage = Callable[[str, int, int, str], None]
"""Hears ``(stage, done, total, note)``."""


def hear(on_stage: Stage, stage: str) -> Callable[[int, int, str], None]:
    """A listener for one stage, in the form that the rooms expect."""

    def listen(done: int, total: int, note: str = "") -> None:
        on_stage(stage, done, total, note)

    return listen


def no_stage(stage: str, done: int, total: int, note: str) -> None:
    """Hears and says nothing: for runs that nobody watches."""
