"""A half-open breaker: a source that failed is let back only after it has proved itself.

``GOOD`` serves or stands by. A failure makes it ``OUT`` for a while that doubles with each failure in a row;
then the first thing heard of it puts it ``ON_PROBATION``, and so many good bars in a row make it good again.
"""

from dataclasses import dataclass, field
from enum import Enum


class Standing(Enum):
    """Whether a source may serve."""

    GOOD = "good"
    ON_PROBATION = "on probation"
    OUT = "out"


@dataclass(frozen=True)
class ProbationSettings:
    """``proofs`` punctual bars in a row that agree; ``first_out_s`` doubles up to ``longest_out_s``."""

    proofs: int = 3
    first_out_s: float = 1.0
    longest_out_s: float = 60.0


@dataclass
class Probation:
    """The standing of one source."""

    settings: ProbationSettings = field(default_factory=ProbationSettings)
    standing: Standing = Standing.GOOD
    _proofs: int = 0
    _in_row: int = 0
    _until_s: float = 0.0

    def fail(self, at_s: float) -> None:
        """It broke, fell silent or disagreed: out, and out for longer where it did so before."""
        doubled = self.settings.first_out_s * 2.0 ** min(self._in_row, 30)
        self._until_s = at_s + min(doubled, self.settings.longest_out_s)
        self._in_row += 1
        self._proofs = 0
        self.standing = Standing.OUT

    def hear(self, at_s: float) -> None:
        """Something came of it: after its time it may begin to prove itself."""
        if self.standing is Standing.OUT and at_s >= self._until_s:
            self.standing = Standing.ON_PROBATION

    def prove(self) -> None:
        """A bar came in time and agreed."""
        if self.standing is Standing.ON_PROBATION:
            self._proofs += 1
            if self._proofs >= self.settings.proofs:
                self.standing = Standing.GOOD
                self._in_row = 0
