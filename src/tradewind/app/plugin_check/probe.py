"""One question to a plug-in on made-up inputs, and what is wrong with an answer by its type alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Probe:
    """``ask`` makes its inputs anew each time; ``judge`` says what is wrong with the answer, or nothing."""

    label: str
    ask: Callable[[], Any]
    judge: Callable[[Any], str]


def of_type(*kinds: type) -> Callable[[Any], str]:
    """A judge of nothing but the type."""
    wanted = " or ".join(kind.__name__ for kind in kinds)

    def judge(answer: Any) -> str:
        return "" if isinstance(answer, kinds) else f"it gives a {type(answer).__name__}, not a {wanted}"

    return judge
