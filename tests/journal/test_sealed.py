"""Personal fields: readable with the key, gone without it, and the chain never minds."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.core.errors import JournalBrokenError, JournalError
from tradewind.core.events import Command, Sealed
from tradewind.journal.audit import verify_file
from tradewind.journal.names import ERASED, NO_KEY, UNREADABLE, RingNames
from tradewind.journal.sealed import KeyRing
from tradewind.journal.sqlite import SqliteJournal, SqliteJournalReader

Keep = Callable[[Any], Any]


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyRing]:
    made = KeyRing(tmp_path_factory.mktemp("ring") / "a.keys")
    yield made
    made.close()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), subject=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_what_is_sealed_is_unsealed(ring: KeyRing, text: str, subject: str) -> None:
    first, second = ring.seal(text, subject), ring.seal(text, subject)
    assert ring.unseal(first) == text == ring.unseal(second)
    assert first.key_id == second.key_id
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


def test_it_is_plain_aes_256_gcm(tmp_path: Path, keep: Keep) -> None:
    ring = keep(KeyRing(tmp_path / "a.keys"))
    sealed = ring.seal("Ada Lovelace", "ada")
    key = ring._file.execute("SELECT key FROM keys").fetchone()[0]
    assert len(key) == 32
    assert len(sealed.nonce) == 12
    assert AESGCM(key).decrypt(sealed.nonce, sealed.ciphertext, sealed.key_id.encode()) == b"Ada Lovelace"
    assert stat.S_IMODE((tmp_path / "a.keys").stat().st_mode) == 0o600
    ring.close()


def test_an_erased_person_leaves_the_chain_whole(tmp_path: Path, keep: Keep) -> None:
    path = tmp_path / "a.journal"
    ring = keep(KeyRing(tmp_path / "a.keys"))
    with SqliteJournal(path) as journal:
        for name in ("lovelace", "grace"):
            operator = ring.seal(f"{name}@example.org", name)
            journal.append(Command(ts_event=1, verb="kill", argument="freeze", operator=operator))
    before = verify_file(path)
    assert ring.subjects() == ["grace", "lovelace"]
    old_key = ring._file.execute("SELECT key FROM keys WHERE subject = 'lovelace'").fetchone()[0]
    assert ring.erase("lovelace")
    assert not ring.erase("lovelace")
    assert verify_file(path) == before
    with SqliteJournalReader(path) as reader:
        fields = [r.event.operator for r in reader.read() if isinstance(r.event, Command)]
    assert all(isinstance(field, Sealed) for field in fields)
    names = keep(RingNames(tmp_path / "a.keys"))
    assert [names.name(field) for field in fields if field] == [ERASED, "grace@example.org"]
    with pytest.raises(JournalError, match="was erased"):
        ring.unseal(fields[0] or pytest.fail("no operator"))
    assert ring.seal("x", "lovelace").key_id != fields[0].key_id  # type: ignore[union-attr]
    ring.erase("lovelace")
    ring.close()
    for file in tmp_path.glob("a.keys*"):
        assert old_key not in file.read_bytes()
        assert b"lovelace" not in file.read_bytes()  # not hex, so no id of a key holds it by chance


def test_a_name_is_shown_while_its_key_is_there_and_never_fails(tmp_path: Path, keep: Keep) -> None:
    names = keep(RingNames(tmp_path / "a.keys"))
    elsewhere = keep(KeyRing(tmp_path / "b.keys")).seal("ada", "ada")
    assert (names.version(), names.name(elsewhere)) == ("", NO_KEY)
    assert not (tmp_path / "a.keys").exists()
    ring = keep(KeyRing(tmp_path / "a.keys"))
    ada = ring.seal("ada", "ada")
    assert (names.name(ada), names.name(elsewhere)) == ("ada", NO_KEY)
    assert names.name(msgspec.structs.replace(ada, nonce=bytes(12))) == UNREADABLE
    seen = {names.version()}
    for change in (lambda: ring.seal("g", "grace"), lambda: ring.erase("ada"), lambda: ring.seal("a", "ada")):
        change()
        assert names.version() not in seen
        seen.add(names.version())
    assert names.name(ada) == ERASED
    assert keep(RingNames(tmp_path / "a.keys")).version() == names.version()


def test_a_changed_field_or_a_field_of_someone_else_is_refused(tmp_path: Path, keep: Keep) -> None:
    ring = keep(KeyRing(tmp_path / "a.keys"))
    ada, grace = ring.seal("ada", "ada"), ring.seal("grace", "grace")
    bent = bytes([ada.ciphertext[0] ^ 1]) + ada.ciphertext[1:]
    for changed in (
        msgspec.structs.replace(ada, ciphertext=bent),
        msgspec.structs.replace(ada, key_id=grace.key_id),
        msgspec.structs.replace(ada, nonce=b""),
    ):
        with pytest.raises(JournalBrokenError, match="does not fit its key"):
            ring.unseal(changed)
    with pytest.raises(JournalError, match="not in the key ring"):
        ring.unseal(msgspec.structs.replace(ada, key_id="none"))
    with pytest.raises(JournalError, match="no subject"):
        ring.seal("text", "")


def test_two_rings_on_one_file_share_keys(tmp_path: Path, keep: Keep) -> None:
    one, other = keep(KeyRing(tmp_path / "a.keys")), keep(KeyRing(tmp_path / "a.keys"))
    sealed = one.seal("text", "ada")
    assert other.unseal(sealed) == "text"
    assert other.seal("more", "ada").key_id == sealed.key_id
    other.erase("ada")
    assert one.is_erased(sealed)


def test_another_file_is_not_taken_for_a_ring(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "a.journal").close()
    with pytest.raises(JournalError, match="not a key ring"):
        KeyRing(tmp_path / "a.journal")
    (tmp_path / "text").write_text("text " * 200)
    with pytest.raises(JournalError):
        KeyRing(tmp_path / "text")
