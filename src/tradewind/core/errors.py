"""Every error that Tradewind raises on purpose.

::

    TradewindError
    ├── ConfigError              a setting is wrong: names the key, the value, the line where known
    ├── UnknownSymbolError       no instrument of that name
    ├── RegistryError            a duplicate or unknown plug-in, or one whose library is missing
    ├── DataError
    │   ├── MissingKeyError      the provider wants a key that is not set
    │   ├── RateLimitedError     the provider said wait; carries how long
    │   ├── MalformedPayloadError the payload is kept aside and never becomes a bar
    │   ├── StaleDataError       the newest value is older than allowed
    │   ├── NetworkError         the provider could not be reached
    │   ├── NoDataError          the provider answered and has nothing for the request
    │   │   └── NoTimeframeError it lacks bars of that length; carries those that it has
    │   ├── UnusableTextError    a text cannot be kept: no date, a date to come, nothing in it
    │   ├── OutsideCalendarError  a trading calendar's table does not cover the moment
    │   └── BarFileError         a file or frame of bars cannot be read; names file and line
    │       └── UnsettledFileError  it can be read in two ways; carries the option that settles it
    ├── StoreError
    │   └── CorruptFileError     a stored file fails its checks; it is left as it is
    ├── JournalError
    │   ├── JournalBrokenError   the hash chain does not hold; names the first bad record
    │   ├── JournalLockedError   another process owns the journal
    │   ├── JournalFullError     the disk refused the write; everything committed before is intact
    │   └── ReplayDivergedError  the same journal gave another decision
    ├── MoneyError               a product overflows int64, or a price is off its tick
    ├── OrderError               an illegal order or an illegal order transition
    ├── BrokerError              a broker cannot be reached, or its answer makes no sense
    │   └── BrokerRefusedError   it refuses the caller: wrong keys, an account that may not trade
    ├── LookAheadError           a factor or a pipeline used the future
    ├── ModelError               a model cannot be fitted, loaded or asked
    ├── StrategyError            a strategy of somebody's own failed; names its file and line
    └── PortTakenError           the address to serve on is in use

Each message is one sentence that names the offending value, and ``next_step`` says what to do.
``exit_code`` is what the command line ends with.
"""

from typing import ClassVar


class TradewindError(Exception):
    """Root of all errors raised on purpose; ``next_step`` tells the reader what to do about it.

    ``location`` is the way of keys to the setting that is wrong, where it is one of the configuration.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str = "", *, location: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.location = location

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".rstrip()


class ConfigError(TradewindError):
    """A setting is wrong."""

    exit_code = 2


class UnknownSymbolError(TradewindError):
    """No instrument of that name is known."""

    exit_code = 3


class RegistryError(TradewindError):
    """A plug-in is a duplicate, is unknown, or needs a library that is not installed."""

    exit_code = 2


class DataError(TradewindError):
    """Market data could not be had or trusted."""

    exit_code = 4


class MissingKeyError(DataError):
    """The provider wants a key that is not set."""


class RateLimitedError(DataError):
    """The provider refused for now; ``retry_after_s`` is its own word, or None."""

    def __init__(self, message: str, next_step: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message, next_step)
        self.retry_after_s = retry_after_s


class MalformedPayloadError(DataError):
    """A payload does not have its documented shape; it was kept aside for inspection."""


class StaleDataError(DataError):
    """The newest value is older than allowed."""


class NetworkError(DataError):
    """The provider could not be reached, or broke off."""


class NoDataError(DataError):
    """The provider answered and has nothing for the request."""


class UnusableDataError(NoDataError):
    """There were rows, and none of them can be used."""


class NoTimeframeError(NoDataError):
    """The provider has no bars of that length of the instrument. ``offers`` are the lengths that it has."""

    def __init__(self, message: str, next_step: str = "", *, offers: tuple[str, ...]) -> None:
        super().__init__(message, next_step)
        self.offers = offers


class UnusableTextError(DataError):
    """A text of a source cannot be kept; others of the same answer can."""


class OutsideCalendarError(DataError):
    """A trading calendar's table does not cover the moment that it is asked about."""


class BarFileError(DataError):
    """A file or frame of bars cannot be read. ``line`` counts from 1; 0 means the whole file."""

    def __init__(self, message: str, next_step: str = "", *, file: str, line: int = 0) -> None:
        super().__init__(message, next_step)
        self.file = file
        self.line = line


class UnsettledFileError(BarFileError):
    """A file of bars can be read in more than one way; ``option`` names what settles it."""

    def __init__(self, message: str, next_step: str = "", *, file: str, option: str, line: int = 0) -> None:
        super().__init__(message, next_step, file=file, line=line)
        self.option = option


class StoreError(TradewindError):
    """A table could not be read or written."""

    exit_code = 5


class CorruptFileError(StoreError):
    """A stored file fails its checks; it is left untouched."""


class JournalError(TradewindError):
    """The journal could not be read or written."""

    exit_code = 6


class JournalBrokenError(JournalError):
    """The hash chain does not hold; ``seq`` is the first record that fails."""

    def __init__(self, message: str, next_step: str = "", *, seq: int) -> None:
        super().__init__(message, next_step)
        self.seq = seq


class JournalLockedError(JournalError):
    """Another process owns the journal."""


class JournalFullError(JournalError):
    """The disk refused the write; everything committed before is intact."""


class ReplayDivergedError(JournalError):
    """The same journal gave another decision; ``seq`` is the first that differs."""

    def __init__(self, message: str, next_step: str = "", *, seq: int) -> None:
        super().__init__(message, next_step)
        self.seq = seq


class MoneyError(TradewindError):
    """A product overflows int64, or a price or quantity is off its grid."""

    exit_code = 7


class OrderError(TradewindError):
    """An illegal order, or an illegal order transition."""

    exit_code = 7


class BrokerError(TradewindError):
    """A broker outside cannot be reached, or answers what makes no sense; what it holds is not known."""

    exit_code = 12


class BrokerRefusedError(BrokerError):
    """A broker refuses the caller itself: wrong keys, an account that may not trade."""


class LookAheadError(TradewindError):
    """A factor or a pipeline used the future."""

    exit_code = 8


class ModelError(TradewindError):
    """A model cannot be fitted, loaded or asked."""

    exit_code = 9


class StrategyError(TradewindError):
    """A strategy of somebody's own failed; names its method, file and line."""

    exit_code = 11


class PortTakenError(TradewindError):
    """The address to serve on is in use."""

    exit_code = 10
