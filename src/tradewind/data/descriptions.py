"""A file of instruments: JSON, one object each, written whole and read back exactly."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tradewind.core.errors import ConfigError, CorruptFileError
from tradewind.core.instrument_check import instrument_fault
from tradewind.core.instruments import Instrument, instrument_id
from tradewind.store.files import write_whole


def write_descriptions(path: Path, instruments: Sequence[Instrument]) -> None:
    """Write the file, whole or not at all, in the order given; StoreError where the disk refuses."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(list(instruments))) + b"\n")


def read_descriptions(path: Path, mend: str) -> dict[str, Instrument]:
    """The instruments of the file, by id; ``mend`` is what to do where it is none.

    Raises
    ------
    CorruptFileError
        It cannot be read, or one of them says what cannot be: line, field and value are named.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise CorruptFileError(message, f"Check that it is there and may be read. {mend}") from error
    at, found = 0, {}
    try:
        for raw in msgspec.json.decode(data, type=list[msgspec.Raw]):
            at = data.find(bytes(raw), at)
            one = _described(path, data, at, bytes(raw), mend)
            found[one.id] = one
            at += len(bytes(raw))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{path} holds no descriptions of instruments: {error}."
        raise CorruptFileError(message, mend) from error
    return found


def _described(path: Path, data: bytes, at: int, text: bytes, mend: str) -> Instrument:
    """One instrument of the file; CorruptFileError with line, field and value where it is none."""
    try:
        found = msgspec.json.decode(text, type=Instrument)
        instrument_id(found.symbol, found.venue)
    except (msgspec.ValidationError, ConfigError) as error:
        field = str(error).partition("$.")[2].partition("`")[0] or "venue"
        said = getattr(error, "message", str(error))
    else:
        fault = instrument_fault(found)
        if fault is None:
            return found
        field, said = fault.field, fault.message
    within = max(text.find(f'"{field}"'.encode()), 0)
    line = data.count(b"\n", 0, at + within) + 1
    message = f"{path}, line {line}: {field}: {said}"
    raise CorruptFileError(message, mend)
