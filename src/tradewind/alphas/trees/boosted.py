"""What boosted trees share once a library has grown them: flat trees that are walked without the library."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from tradewind.alphas.preparation import Rows
from tradewind.alphas.trees.walk import Forest, leaf_sums
from tradewind.core.errors import ModelError
from tradewind.core.panel import Floats


@dataclass
class Boosted(ABC):
    """A learner's fitted half; ``file`` is the library's own, which the library can read too."""

    wanted: ClassVar[tuple[str, ...] | None] = None
    stops_early: ClassVar[bool] = True
    file: ClassVar[str]
    lookback: int = field(default=1, init=False)
    _saved: bytes = field(default=b"", init=False)
    _forest: Forest | None = field(default=None, init=False)
    _gain: Floats = field(default_factory=lambda: np.zeros(0), init=False)

    def score(self, rows: Rows) -> Floats:
        """The sum of leaves, in log-odds, (R,)."""
        if self._forest is None:
            raise ModelError("The booster is not fitted.", "Call fit, or load a saved version.")
        return leaf_sums(self._forest, self.compared(rows.raw()))

    def files(self) -> dict[str, bytes]:
        """The library's own file."""
        return {self.file: self._saved}

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        self._saved = files[self.file]
        self._forest, self._gain = self.read(self._saved)

    def importance(self) -> Floats:
        """Total gain of the splits on each column."""
        return self._gain

    def notes(self) -> dict[str, object]:
        """Rounds that early stopping kept."""
        return {"trees_kept": 0 if self._forest is None else len(self._forest.roots)}

    @abstractmethod
    def read(self, saved: bytes) -> tuple[Forest, Floats]:
        """The library's file as flat trees, and the gain by column."""

    def compared(self, values: Floats) -> Floats:
        """Values as the library compares them with a split's threshold."""
        return values
