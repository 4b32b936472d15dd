"""Recorded answers out of the folder of larger real data."""

import gzip
import json
import lzma
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml


def archived(shared: Path, archive: str, ending: str) -> bytes:
    """The file of an archive of payloads whose path ends so."""
    packed = (shared / "api_payloads" / archive).read_bytes()
    with tarfile.open(fileobj=BytesIO(lzma.decompress(packed))) as files:
        member = next(one for one in files.getmembers() if one.name.endswith(ending))
        return files.extractfile(member).read()  # type: ignore[union-attr]


def cassette_bodies(shared: Path, archive: str, ending: str) -> list[bytes]:
    """All bodies of a cassette, unpacked."""
    said = yaml.load(archived(shared, archive, ending), Loader=yaml.CSafeLoader)["interactions"]
    bodies = [one["response"]["body"]["string"] for one in said]
    return [_unpacked(body) for body in bodies]


def alpaca_mocks(shared: Path) -> list[dict[str, Any]]:
    """Answers of Alpaca's own client's tests: ``test``, ``url``, ``status``, ``body``."""
    return json.loads(gzip.decompress((shared / "api_payloads" / "alpaca_py_mocks.json.gz").read_bytes()))


def _unpacked(body: str | bytes) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
