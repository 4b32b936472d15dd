"""What one series of the sample is, and where an installed package keeps its file."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tradewind.core.errors import RegistryError
from tradewind.core.panel import Floats
from tradewind.data.raw import RawBars


@dataclass(frozen=True)
class SampleSeries:
    """One series: ``load`` reads it whole, as it lies in the package. Several may share a symbol."""

    symbol: str
    timeframe: str
    package: str
    load: Callable[[], RawBars]


def package_file(package: str, *parts: str) -> Path:
    """A data file of an installed package, found without importing it (an import can take a second).

    Raises
    ------
    RegistryError
        The package is not installed, or this version of it lacks the file.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        message = f"The sample needs {package}, which is not installed."
        raise RegistryError(message, "Install it with: pip install 'tradewind[sample]'.")
    path = Path(found.submodule_search_locations[0]).joinpath(*parts)
    if not path.is_file():
        message = f"The installed {package} has no file {'/'.join(parts)}."
        raise RegistryError(message, "Install the known version with: pip install 'tradewind[sample]'.")
    return path


def nothing(length: int) -> Floats:
    """Volume of a series that has none."""
    return np.zeros(length)
