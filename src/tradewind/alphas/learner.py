"""What differs between models that learn: a learner turns prepared rows into a score in log-odds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from tradewind.alphas.preparation import Rows
from tradewind.core.panel import Floats
from tradewind.core.settings import Inside, Part


@dataclass(frozen=True)
class Lesson:
    """Prepared rows with what there is to learn: ``up`` 1.0 where the label rose, ``weight`` of mean 1."""

    rows: Rows
    up: Floats
    weight: Floats


class Learner(Protocol):
    """What differs between models. Public dataclass fields are its parameters."""

    lookback: int
    wanted: ClassVar[tuple[str, ...] | None]
    """Factors that it takes; None takes all that the rows have."""
    stops_early: ClassVar[bool]
    """Whether it watches the validation rows while it learns; then half of them are kept for calibration."""

    def fit(self, train: Lesson, validation: Lesson, seed: int) -> None:
        """Learn; ``validation`` serves early stopping alone, and no row of it is calibrated on."""
        ...

    def score(self, rows: Rows) -> Floats:
        """Log-odds of an up move, (R,), before calibration."""
        ...

    def files(self) -> dict[str, bytes]:
        """What was learnt, as plain data by file name; equal fits give equal bytes."""
        ...

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Become what :meth:`files` gave."""
        ...

    def importance(self) -> Floats | None:
        """Native importance of each prepared column, >= 0, (K,); None where the learner has none."""
        ...

    def notes(self) -> dict[str, object]:
        """What the fit showed: out-of-bag score, rounds kept, epochs run."""
        ...


@dataclass(frozen=True)
class Judgement:
    """How scores are turned into forecasts; the same for all learners."""

    coverage: Inside = 0.9
    """Nominal coverage of the interval."""
    present_share: Part = 0.7
    """A row with a smaller share of its factors is not judged: its prediction is NaN throughout."""
    include_drift: bool = False
    """Whether the edge holds the training window's average move."""
    validation_share: Inside = 0.2
    """Cut from the end of the training window where no validation slice is given."""
