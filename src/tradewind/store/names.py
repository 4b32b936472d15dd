"""Any text as part of a path: instruments hold ``/`` and ``^``, and nothing may climb out of the store."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from tradewind.core.errors import StoreError

_EMPTY = "%"
"""Stands for the empty text; an encoded ``%`` is ``%25``."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def encode(text: str) -> str:
    """The text with all but letters, digits and ``_ . - ~`` written as ``%XX``."""
    return quote(text, safe="") if text else _EMPTY


def decode(name: str) -> str:
    """The text back."""
    return "" if name == _EMPTY else unquote(name)


def table_folder(root: Path, table: str) -> Path:
    """Folder of a table; StoreError when its name is not plain."""
    if not _NAME.fullmatch(table):
        message = f"{table!r} cannot be the name of a table."
        raise StoreError(message, "Use small letters, digits and _, such as bars or factor_rows.")
    return root / table


def partition_folder(root: Path, table: str, partition: Mapping[str, str]) -> Path:
    """``<root>/<table>/<key>=<value>/...`` with keys in alphabetical order."""
    folder = table_folder(root, table)
    for key in sorted(partition):
        if not _NAME.fullmatch(key):
            message = f"{key!r} cannot be a partition key of {table}."
            raise StoreError(message, "Use small letters, digits and _, such as instrument.")
        folder /= f"{key}={encode(partition[key])}"
    return folder


def partition_folders(folder: Path, wanted: Mapping[str, str]) -> Iterator[Path]:
    """All folders below ``folder`` whose keys do not contradict ``wanted``, without entering the others."""
    if not folder.is_dir():
        return
    names = {key: f"{key}={encode(value)}" for key, value in wanted.items()}
    for name in os.listdir(folder):
        key, sign, _ = name.partition("=")
        if sign and names.get(key, name) == name and (below := folder / name).is_dir():
            yield below
            yield from partition_folders(below, wanted)


def partition_of(folder: Path, table_root: Path) -> dict[str, str]:
    """The partition whose folder this is."""
    pairs = (part.split("=", 1) for part in folder.relative_to(table_root).parts)
    return {key: decode(value) for key, value in pairs}
