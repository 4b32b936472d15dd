"""Words of the command line as values: spans of time, and lists written with commas or spaces."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tradewind.app.config import DateWindow

Start = Annotated[
    str | None, typer.Option("--start", help="First day, as 2015-01-31.", show_default="of the configuration")
]
End = Annotated[
    str | None, typer.Option("--end", help="First day after.", show_default="of the configuration")
]


def span(start: str | None, end: str | None, default: "DateWindow") -> "DateWindow":
    """The window that was asked for; ConfigError when it is no time or ends before it starts."""
    from tradewind.app.config import DateWindow
    from tradewind.core.errors import ConfigError
    from tradewind.core.timestamps import parse_ns

    first, last = start or default.start, end or default.end
    if parse_ns(first) >= parse_ns(last):
        message = f"The span from {first} to {last} holds nothing."
        raise ConfigError(message, "Give --start before --end.")
    return DateWindow.of(first, last)


def words_or_none(given: str | None) -> list[str] | None:
    """The words of an option with commas; None where it was not given."""
    return None if given is None else words(given)


def words(given: Sequence[str] | str | None) -> list[str]:
    """``["AAPL,MSFT", "IBM"]`` as three words, in order."""
    texts = [given] if isinstance(given, str) else list(given or ())
    return [word.strip() for text in texts for word in text.split(",") if word.strip()]
