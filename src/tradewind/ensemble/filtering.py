"""The chosen filters over one instrument: at least so many must pass, the first always among them."""

from collections.abc import Mapping

import msgspec

from tradewind.core.decisions import FilterVerdict
from tradewind.core.errors import ConfigError
from tradewind.ensemble.filter_registry import FILTERS, AbsentFactorError, FilterInput, FilterSettings


class Filtered(msgspec.Struct, frozen=True, kw_only=True):
    """Each filter's verdict, and what follows. ``absent`` names filters whose factor the instrument lacks."""

    verdicts: tuple[FilterVerdict, ...]
    passed: bool
    needed: int
    note: str
    absent: tuple[str, ...] = ()

    def summary(self) -> FilterVerdict:
        """All filters as one hard verdict: how many passed against how many were needed."""
        count = sum(verdict.passed for verdict in self.verdicts)
        return FilterVerdict(
            name="filters",
            passed=self.passed,
            value=float(count),
            threshold=float(self.needed),
            hard=True,
            note=self.note,
        )


def needed_of(present: int, settings: FilterSettings) -> int:
    """How many of ``present`` filters must pass: the same share as of all of them, to the nearest whole."""
    total = len(settings.filters)
    return (2 * settings.needed * present + total) // (2 * total)


class FilterSet:
    """The filters of one strategy.

    Raises
    ------
    ConfigError, RegistryError
        No filter of such a name, or more needed than there are.
    """

    def __init__(self, settings: FilterSettings | None = None) -> None:
        self.settings = settings if settings is not None else FilterSettings()
        if not 0 < self.settings.needed <= len(self.settings.filters):
            message = f"{self.settings.needed} of {len(self.settings.filters)} filters cannot be needed."
            raise ConfigError(message, "Need at least 1 and at most all of them.")
        self._filters = [(name, FILTERS.get(name)) for name in self.settings.filters]

    def run(
        self,
        values: Mapping[str, float],
        probability_up: float,
        side: int,
        threshold: float | None = None,
    ) -> Filtered:
        """Hold every filter against one instrument.

        Parameters
        ----------
        values
            Factors by name. One that the instrument lacks is left out of it; then the filters that need it
            are absent, and fewer are needed in proportion. A NaN fails its filter and says so.
        probability_up
            The ensemble's, in [0, 1].
        side
            +1 for a long, -1 for a short.
        threshold
            What the side's probability must pass; None takes the adaptive threshold.
        """
        inputs = FilterInput(values=values, probability_up=probability_up, side=side, threshold=threshold)
        verdicts: list[FilterVerdict] = []
        absent: list[str] = []
        lacks: list[str] = []
        first_passed = False
        for i, (name, run) in enumerate(self._filters):
            try:
                verdict = run(inputs, self.settings)
            except AbsentFactorError as missing:
                absent.append(name)
                lacks.append(f"{name} (no {missing.factor})")
                continue
            verdicts.append(verdict)
            if i == 0:
                first_passed = verdict.passed
        needed = needed_of(len(verdicts), self.settings)
        count = sum(verdict.passed for verdict in verdicts)
        note = f"{count} of {len(verdicts)} passed, {needed} needed"
        if not first_passed:
            note += f"; {self._filters[0][0]} must be among them"
        if lacks:
            note += f"; absent: {', '.join(lacks)}"
        passed = first_passed and count >= needed and bool(verdicts)
        return Filtered(
            verdicts=tuple(verdicts), passed=passed, needed=needed, note=note, absent=tuple(absent)
        )
