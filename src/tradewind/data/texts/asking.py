"""What sources of texts ask alike: under their vendor's policy, page by page, in words made of a symbol."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar

from tradewind.core.clock import Clock
from tradewind.core.errors import ConfigError, UnusableTextError
from tradewind.core.instruments import canonical_symbol, symbol_of
from tradewind.core.texts import RefusedText, TextKind, TextPage, TextRequest
from tradewind.core.timestamps import from_ns
from tradewind.data.policy.http_client import PolicedClient
from tradewind.data.policy.provider_policy import PolicySettings, ProviderPolicy
from tradewind.data.policy.redaction import Secret
from tradewind.data.texts.cleaning import mend_json
from tradewind.data.texts.drafts import Draft, clean_symbol
from tradewind.data.texts.paging import Answered, Desk, paged
from tradewind.data.texts.pseudonyms import Pseudonyms

T = TypeVar("T")
Row = TypeVar("Row")
Drafts = tuple[Draft | RefusedText, ...]
_LONGEST_QUERY = 400


@dataclass(frozen=True)
class Manners:
    """How a source waits and tells the time; all but the folder is for tests."""

    folder: Path
    settings: PolicySettings
    clock: Clock | None = None
    sleep: Callable[[float], None] = time.sleep
    random: Random | None = None


class TextClient:
    """One vendor's address behind the policy of its folder, and the desk that finishes its texts."""

    def __init__(
        self,
        name: str,
        base_url: str,
        manners: Manners,
        *,
        secret_params: Mapping[str, Secret] | None = None,
        secret_headers: Mapping[str, Secret] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.policy = ProviderPolicy(
            manners.settings,
            manners.folder,
            clock=manners.clock,
            sleep=manners.sleep,
            random=manners.random,
        )
        self.desk = Desk(name, self.policy.clock, Pseudonyms(manners.folder))
        self._http = PolicedClient(
            self.policy,
            base_url,
            secret_params=secret_params or {},
            secret_headers=secret_headers or {},
            headers=headers or {},
        )

    def now_ns(self) -> int:
        """UTC ns by the source's clock."""
        return self.policy.clock.now_ns()

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        decode: Callable[[bytes], T],
        *,
        bearer: Secret | None = None,
    ) -> T:
        """What ``decode`` makes of an answer whose half characters are mended."""
        return self._http.get(path, params, lambda body: decode(mend_json(body)), bearer=bearer)

    def post_form(self, path: str, form: Mapping[str, str], login: tuple[Secret, Secret]) -> bytes:
        """The answer to a form as it came, never remembered: it may hold a token."""
        return self._http.post_form(path, form, bytes, login)

    def pages(
        self, request: TextRequest, ask: Callable[[str], Answered], kind: TextKind, *, windows: bool = False
    ) -> Iterator[TextPage]:
        """The texts of all pages; see :func:`tradewind.data.texts.paging.paged`."""
        return paged(self.desk, request, ask, kind, windows=windows)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def require_kind(name: str, kinds: Sequence[TextKind], kind: TextKind | None) -> TextKind:
    """``kind`` where the source has it, its usual one for None; ConfigError with those that it has."""
    if kind is None:
        return kinds[0]
    if kind not in kinds:
        message = f"The text source {name!r} has no texts of the kind {kind.value!r}."
        raise ConfigError(message, f"It has: {', '.join(one.value for one in kinds)}.")
    return kind


def wanted_symbol(name: str, request: TextRequest) -> str:
    """The symbol of a question to a source that is asked by symbol alone; ConfigError where there is none."""
    if request.query or not request.symbol:
        message = f"The text source {name!r} is asked by symbol alone."
        raise ConfigError(message, "Name a symbol, such as AAPL, and no query.")
    return request.symbol


def wanted_words(name: str, request: TextRequest, word: Callable[[str], str] = str) -> str:
    """The query of a question, or ``word`` of the first part of its symbol; ConfigError where it has none."""
    base = canonical_symbol(symbol_of(request.symbol)).partition("/")[0] if request.symbol else ""
    words = request.query.strip() or (word(base) if base else "")
    if not words or len(words) > _LONGEST_QUERY or not words.isprintable():
        message = f"The text source {name!r} cannot be asked for {words[:60]!r}."
        raise ConfigError(message, f"Name a symbol, or a query of up to {_LONGEST_QUERY} characters.")
    return words


def names_word(text: str, word: str) -> bool:
    """Whether a word stands in a text by itself, ``$`` and ``#`` before it allowed."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None


def each(rows: Sequence[Row], draft: Callable[[Row], Draft]) -> Drafts:
    """A draft of each row, read by itself: one that cannot be used is told of, and the others are kept."""
    made: list[Draft | RefusedText] = []
    for number, row in enumerate(rows, 1):
        try:
            made.append(draft(row))
        except UnusableTextError as error:
            made.append(RefusedText(f"row {number}", error.message))
    return tuple(made)


def about(symbol: str, draft: Draft) -> Draft:
    """The draft itself; UnusableTextError where it names other symbols and not the one that was asked for."""
    named = {clean_symbol(one) for one in draft.symbols} - {""}
    if symbol.upper() not in named:
        said = ", ".join(sorted(named)) or "nothing"
        message = f"A text about {said[:60]} came where {symbol} was asked for."
        raise UnusableTextError(message, "It is left out.")
    return draft


def day_of(ts_ns: int) -> str:
    """The date in UTC, as ``2024-01-31``."""
    return f"{from_ns(ts_ns):%Y-%m-%d}"


def second_of(ts_ns: int) -> str:
    """The second in UTC that it lies in, as ``2024-01-31T14:30:00Z``."""
    return f"{from_ns(ts_ns):%Y-%m-%dT%H:%M:%SZ}"
