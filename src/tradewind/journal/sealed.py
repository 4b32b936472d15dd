"""Personal fields: encrypted before they enter the chain, with keys that can be destroyed.

The key ring is a file of its own beside the journal and no part of the chain. Erasing a person destroys the
key and forgets whose it was: the records stay as they are and the chain still holds, but nobody can read
those fields any more. Copies of the key ring (backups) must be erased as well.

AES-256-GCM with one key a subject and a random 96-bit nonce a text (NIST SP 800-38D); the key's id is
authenticated with the text, so a sealed field cannot be passed off as another person's.
"""

import os
import secrets
import sqlite3
from pathlib import Path

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Sealed
from tradewind.journal.private_file import not_plain, open_private
from tradewind.journal.sqlite_faults import plain_errors

_KEY_RING_ID = 0x54574B31
_KEY_BYTES = 32
_TABLES = (
    """CREATE TABLE keys (
        key_id TEXT PRIMARY KEY, subject TEXT UNIQUE, key BLOB, CHECK ((subject IS NULL) = (key IS NULL))
    ) STRICT""",
)


_SUBJECTS = "SELECT subject FROM keys WHERE subject IS NOT NULL ORDER BY subject"


class KeyRing:
    """Keys by subject, in a file that only its owner may read. Several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        # Not write-ahead: there an erased key would live on in the log until it is folded in.
        self._file = open_private(self.path, _KEY_RING_ID, _TABLES, kind="key ring", log="DELETE")

    def seal(self, text: str, subject: str) -> Sealed:
        """The text under the subject's key; a subject's first text makes the key."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not subject:
            raise JournalError("A sealed field has no subject.", "Name the person whom it is about.")
        key_id, key = self._key_of(subject)
        if len(key) != _KEY_BYTES:
            message = f"The key {key_id} in the key ring {self.path} is damaged: it has {len(key)} bytes."
            raise JournalBrokenError(message, "Bring the key ring back from a copy.", seq=0)
        nonce = os.urandom(12)
        ciphertext = AESGCM(key).encrypt(nonce, text.encode(), key_id.encode())
        return Sealed(key_id=key_id, nonce=nonce, ciphertext=ciphertext)

    def unseal(self, sealed: Sealed) -> str:
        """The text; JournalError when its key was erased or is not of this ring.

        Raises
        ------
        JournalBrokenError
            The key is here but the field was changed.
        """
        key = self._stored_key(sealed.key_id)
        if key is None:
            message = f"The field sealed with key {sealed.key_id} was erased."
            raise JournalError(message, "Its key was destroyed on request; it cannot be read again.")
        return opened(sealed, key)

    def is_erased(self, sealed: Sealed) -> bool:
        """Whether the key was destroyed; JournalError when it was never of this ring."""
        return self._stored_key(sealed.key_id) is None

    def subjects(self) -> list[str]:
        """Everybody of whom something can be read."""
        with plain_errors(self.path):
            return [subject for (subject,) in self._file.execute(_SUBJECTS)]

    def erase(self, subject: str) -> bool:
        """Destroy the subject's key and forget the subject; False when there was none."""
        with plain_errors(self.path):
            change = "UPDATE keys SET key = NULL, subject = NULL WHERE subject = ?"
            return self._file.execute(change, (subject,)).rowcount > 0

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _key_of(self, subject: str) -> tuple[str, bytes]:
        with plain_errors(self.path):
            fresh = (secrets.token_hex(8), subject, os.urandom(_KEY_BYTES))
            self._file.execute("INSERT OR IGNORE INTO keys VALUES (?, ?, ?)", fresh)
            row: tuple[str, bytes] | None = self._file.execute(
                "SELECT key_id, key FROM keys WHERE subject = ?", (subject,)
            ).fetchone()
        if row is None:
            message = f"The key of {subject!r} was erased while it was being used."
            raise JournalError(message, "Seal the field again.")
        return row

    def _stored_key(self, key_id: str) -> bytes | None:
        with plain_errors(self.path):
            row = self._file.execute("SELECT key FROM keys WHERE key_id = ?", (key_id,)).fetchone()
        if row is None:
            message = f"Key {key_id} is not in the key ring {self.path}."
            raise JournalError(message, "Use the key ring that lies beside the journal.")
        key: bytes | None = row[0]
        return key


def subjects_of(path: Path) -> list[str]:
    """Everybody of whom something can be read in the key ring at ``path``, which is only read.

    Raises
    ------
    JournalError
        There is none, or the file is something else.
    """
    with plain_errors(path):
        if not path.is_file():
            raise not_plain(path)
        file = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0
        )
        try:
            if file.execute("PRAGMA application_id").fetchone()[0] != _KEY_RING_ID:
                message = f"{path} is a SQLite file but not a key ring."
                raise JournalError(message, "Check the path.")
            return [subject for (subject,) in file.execute(_SUBJECTS)]
        finally:
            file.close()


def opened(sealed: Sealed, key: bytes) -> str:
    """The text under its key; JournalBrokenError where the field is not what was sealed with it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        text = AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, sealed.key_id.encode())
    except (InvalidTag, ValueError) as error:
        message = f"The field sealed with key {sealed.key_id} does not fit its key: it was changed."
        raise JournalBrokenError(message, "Run tradewind audit verify on the journal.", seq=0) from error
    return text.decode()
