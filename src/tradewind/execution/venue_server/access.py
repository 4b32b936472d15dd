"""Who may ask: one key and one secret, as a broker would give them."""

import hmac
from dataclasses import dataclass

KEY = "rehearsal-key"
SECRET = "rehearsal-secret"  # noqa: S105 - opens nothing but a rehearsal on this machine


@dataclass(frozen=True)
class Credentials:
    """The pair that clients are given."""

    key: str = KEY
    secret: str = SECRET

    def match(self, key: str, secret: str) -> bool:
        """Whether both are right."""
        pairs = ((key, self.key), (secret, self.secret))
        return all(hmac.compare_digest(given.encode(), own.encode()) for given, own in pairs)
