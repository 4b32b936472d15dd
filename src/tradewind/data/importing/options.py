"""What the reader may be told of a file, where the file itself does not say it."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tradewind.core.errors import ConfigError
from tradewind.core.market import Timeframe

EXCEL = "excel"
"""``date_format`` of days counted by a spreadsheet: 1 is 1 January 1900 (44197 is 2021-01-01)."""

MOST_BYTES = 1 << 30


class Stamped(StrEnum):
    """Which end of an intraday bar its time in the file is."""

    OPEN = "open"
    CLOSE = "close"


class DateOrder(StrEnum):
    """In which order numbers of a date stand."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"


class FileBasis(StrEnum):
    """On which basis the prices of a file stand.

    ``traded``: as they were paid. ``split_adjusted``: on the share count of the day on which the file was
    made, dividends left in (Yahoo's close). ``adjusted``: for dividends too.
    """

    TRADED = "traded"
    SPLIT_ADJUSTED = "split_adjusted"
    ADJUSTED = "adjusted"


@dataclass(frozen=True)
class ImportOptions:
    """Everything that can be said; what is left empty is taken from the file, or asked for in an error.

    ``zone`` is a name of the IANA table and belongs to times without an offset. ``stamped`` is which end of
    an intraday bar its time is (empty: as the shape has it, mostly the open). ``field`` says what the
    columns of a wide table are. ``date_format`` is a ``strptime`` pattern, or ``excel``. ``shape`` forces
    one by name.

    Raises
    ------
    ConfigError
        A value is none of those that can be.
    """

    symbol: str = ""
    timeframe: str = ""
    zone: str = ""
    date_order: str = ""
    date_format: str = ""
    stamped: str = ""
    basis: str = ""
    shape: str = ""
    field: str = "close"
    delimiter: str = ""
    decimal: str = ""
    encoding: str = ""
    skip_bad_rows: bool = False
    max_bytes: int = MOST_BYTES

    def __post_init__(self) -> None:
        if self.timeframe:
            Timeframe(self.timeframe)
        _require_one_of("stamped", self.stamped, [*Stamped])
        _require_one_of("date_order", self.date_order, [*DateOrder])
        _require_one_of("basis", self.basis, [*FileBasis])
        _require_one_of("decimal", self.decimal, [".", ","])
        _require_one_of("field", self.field, ["close", "adjusted_close"])
        if self.zone:
            _require_zone(self.zone)
        if len(self.delimiter) > 1:
            message = f"The delimiter {self.delimiter!r} is more than one sign."
            raise ConfigError(message, "Use one sign, such as ';' or a tab.")


def _require_one_of(name: str, value: str, known: list[str]) -> None:
    if value and value not in known:
        message = f"{name} is {value!r}."
        raise ConfigError(message, f"Use one of {', '.join(known)}.")


def _require_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"No time zone is called {zone!r}."
        raise ConfigError(message, "Use a name such as America/New_York, Europe/London or UTC.") from error
