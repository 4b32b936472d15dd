"""Names of people replaced by words that only this home can make: how much somebody posts shows, not who.

A plain hash of a public name is undone by hashing all public names, so the hash is keyed (BLAKE2b, RFC 7693)
with a key that lies beside the source's limits. Whoever deletes it makes old and new pseudonyms strangers.
"""

import os
import secrets
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from tradewind.core.errors import StoreError

_KEY_BYTES = 32
_NOBODY = frozenset({"", "[deleted]", "[removed]"})


class Pseudonyms:
    """Pseudonyms of one source; the key is made when the first is asked for, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "pseudonyms.key"

    def of(self, source: str, name: str) -> str:
        """Sixteen hexadecimal digits for a name; nothing for nobody.

        Raises
        ------
        StoreError
            The key cannot be read or written, or is none.
        """
        if name in _NOBODY:
            return ""
        said = f"{source}\n{name}".encode("utf-8", "replace")
        return blake2b(said, key=self._key, digest_size=8).hexdigest()

    @cached_property
    def _key(self) -> bytes:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if not self.file.exists():
                self._make()
            key = self.file.read_bytes()
        except OSError as error:
            message = f"The key of pseudonyms {self.file} cannot be read or written: {error.strerror}."
            raise StoreError(message, "Check the folder and its permissions.") from error
        if len(key) != _KEY_BYTES:
            message = f"The key of pseudonyms {self.file} has {len(key)} bytes, not {_KEY_BYTES}."
            raise StoreError(
                message, "Delete it: a new one is made, and people get other pseudonyms from then on."
            )
        return key

    def _make(self) -> None:
        """Whole or not at all, and never over one that another process has just made."""
        fresh = self.file.with_suffix(f".{os.getpid()}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(fresh, self.file)
        except FileExistsError:
            pass  # that one holds
        finally:
            fresh.unlink(missing_ok=True)
