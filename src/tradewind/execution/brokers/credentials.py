"""Keys of brokers' accounts: paper and live are kept apart, and neither is ever shown.

``TRADEWIND_ALPACA_PAPER_API_KEY`` and ``TRADEWIND_ALPACA_LIVE_API_KEY`` are two variables (each with its
``_API_SECRET``), so a paper session has no way to a live key: it never reads the other pair.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tradewind.core.errors import ConfigError
from tradewind.core.redaction import MASK, redact_addresses

_SHORTEST = 4
"""A shorter key could stand in any text by chance."""


class AccountKind(StrEnum):
    """Whose money it is: nobody's, or somebody's."""

    PAPER = "paper"
    LIVE = "live"


@dataclass(frozen=True, repr=False)
class Credentials:
    """One account's pair; it shows as ``***``. ``kind`` is what the pair opens."""

    kind: AccountKind
    key: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials(kind={self.kind.value!r}, key={MASK!r}, secret={MASK!r})"

    def redact(self, text: str) -> str:
        """``text`` with the pair and secrets of addresses masked."""
        for word in (self.secret, self.key):
            if len(word) >= _SHORTEST:
                text = text.replace(word, MASK)
        return redact_addresses(text)


def variables(broker: str, kind: AccountKind) -> tuple[str, str]:
    """The two variables of the environment that hold the pair."""
    stem = f"TRADEWIND_{broker.upper().replace('-', '_')}_{kind.value.upper()}_API"
    return f"{stem}_KEY", f"{stem}_SECRET"


def read_credentials(
    broker: str, kind: AccountKind, environment: Mapping[str, str] = os.environ
) -> Credentials:
    """The pair of a broker's account of this kind, out of its own two variables.

    Raises
    ------
    ConfigError
        A variable is not set, or the same key stands for paper and for live.
    """
    key_name, secret_name = variables(broker, kind)
    key, secret = (environment.get(name, "").strip() for name in (key_name, secret_name))
    for name, value in ((key_name, key), (secret_name, secret)):
        if not value:
            message = f"The {kind} account at {broker} wants a key, and {name} is not set."
            raise ConfigError(message, f"Set {key_name} and {secret_name}.")
    other = AccountKind.PAPER if kind is AccountKind.LIVE else AccountKind.LIVE
    if environment.get(variables(broker, other)[0], "").strip() == key:
        message = f"The same key of {broker} is set for paper and for live."
        raise ConfigError(message, f"Give {key_name} a key of a {kind} account alone.")
    return Credentials(kind, key, secret)
