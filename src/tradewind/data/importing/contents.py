"""Bytes of a file: read and unpacked within a bound, and told apart by what they are, not by the name."""

import gzip
import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePath

from tradewind.core.errors import BarFileError

_GZIP, _ZIP, _PARQUET, _FEATHER, _OLD_FEATHER = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"ARROW1", b"FEA1"
_NO_FILES_IN_ZIP = b"PK\x05\x06"
_ENDINGS = {"parquet": (".parquet", ".pq"), "feather": (".feather", ".arrow", ".ipc")}
_BINARY_ENDINGS = tuple(ending for endings in _ENDINGS.values() for ending in endings)


@dataclass(frozen=True)
class Contents:
    """What a file holds. ``kind`` is text, parquet or feather; ``packed`` gzip, zip or empty."""

    file: str
    name: str
    """The name of the table: that inside a zip, else that of the file without ``.gz``."""
    data: bytes
    kind: str
    packed: str = ""
    notes: tuple[str, ...] = ()


def contents_of(path: Path, max_bytes: int) -> Contents:
    """The one table in a file.

    Raises
    ------
    BarFileError
        There is no such file, it cannot be read, is empty or damaged, or holds (unpacked too) more than
        ``max_bytes``, or a zip holds none or several files.
    """
    file, data = str(path), _read(path, max_bytes)
    notes: tuple[str, ...] = (f"a link to {path.resolve()}",) if path.is_symlink() else ()
    name, packed = path.name, ""
    if data.startswith(_GZIP):
        packed, name = "gzip", name.removesuffix(".gz")
        data = _gunzip(data, file, max_bytes)
    elif data.startswith((_ZIP, _NO_FILES_IN_ZIP)):
        packed = "zip"
        name, data = _unzip(data, file, max_bytes)
    if packed and not data:
        message = f"{file} unpacks to nothing."
        raise BarFileError(message, "Fetch or write it again.", file=file)
    kind = _kind(data, file)
    notes += _about_ending(name, kind)
    return Contents(file, name, data, kind, packed, notes)


def _read(path: Path, max_bytes: int) -> bytes:
    file = str(path)
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            message = f"{file} is not a file."
            raise BarFileError(message, "Name a file of bars, or a folder of them.", file=file)
        if about.st_size > max_bytes:
            raise _too_large(file, "is", max_bytes)
        data = path.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise BarFileError(message, "Check its name and its permissions.", file=file) from error
    if not data:
        message = f"{file} is empty."
        raise BarFileError(message, "Fetch or write it again.", file=file)
    return data


def _gunzip(data: bytes, file: str, max_bytes: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            found = packed.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(file, "gzip", error) from error
    if len(found) > max_bytes:
        raise _too_large(file, "unpacks to", max_bytes)
    return found


def _unzip(data: bytes, file: str, max_bytes: int) -> tuple[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            inside = [one for one in packed.infolist() if _is_table(one)]
            if len(inside) != 1:
                message = f"{file} holds {len(inside)} files instead of one."
                raise BarFileError(message, "Unpack it, and import the folder.", file=file)
            with packed.open(inside[0]) as member:
                found = member.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        raise _damaged(file, "zip", error) from error
    if len(found) > max_bytes:
        raise _too_large(file, "unpacks to", max_bytes)
    return PurePath(inside[0].filename).name, found


def _is_table(member: zipfile.ZipInfo) -> bool:
    hidden = PurePath(member.filename).name.startswith(".") or member.filename.startswith("__MACOSX")
    return not member.is_dir() and not hidden


def _kind(data: bytes, file: str) -> str:
    if data.startswith(_PARQUET):
        return "parquet"
    if data.startswith(_FEATHER):
        return "feather"
    if data.startswith((_GZIP, _ZIP)):
        message = f"{file} is packed more than once, or is a spreadsheet."
        raise BarFileError(message, "Unpack it first; save a spreadsheet as CSV.", file=file)
    if data.startswith(_OLD_FEATHER):
        message = f"{file} is of the first version of Feather."
        raise BarFileError(message, "Write it again as Feather 2 or Parquet.", file=file)
    return "text"


def _about_ending(name: str, kind: str) -> tuple[str, ...]:
    ending = PurePath(name).suffix.lower()
    wrong = ending in _BINARY_ENDINGS if kind == "text" else ending not in _ENDINGS[kind]
    return (f"its name ends in {ending or 'nothing'}, but it holds {kind}",) if wrong else ()


def _too_large(file: str, verb: str, max_bytes: int) -> BarFileError:
    message = f"{file} {verb} more than {max_bytes:,} bytes."
    return BarFileError(message, "Cut it into smaller files, or raise max_bytes.", file=file)


def _damaged(file: str, packed: str, error: Exception) -> BarFileError:
    message = f"{file} cannot be unpacked as {packed}: {error}."
    return BarFileError(message, "Fetch it again, or unpack it yourself.", file=file)
