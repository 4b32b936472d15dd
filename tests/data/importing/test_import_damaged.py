"""Whatever is done to a file, it is read or refused in one sentence; nothing else comes out of the reader."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.core.errors import BarFileError
from tradewind.data.importing.files import read_file
from tradewind.data.importing.options import ImportOptions

FIXTURES = sorted(path for path in (Path(__file__).parent / "fixtures").rglob("*") if path.is_file())
PIECES = [
    b"",
    b",",
    b";",
    b"\t",
    b"\n",
    b'"',
    b"-",
    b"0",
    b"9",
    b"e9",
    b"nan",
    b"inf",
    b"x",
    b"\xff",
    b"\x00",
    b"1/2/2020",
]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(FIXTURES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES)), min_size=1, max_size=6),
    st.booleans(),
    st.booleans(),
)
def test_a_damaged_file_is_read_or_refused(
    fixture: Path, damages: list[tuple[float, int, bytes]], skip: bool, shuffled: bool
) -> None:
    data = fixture.read_bytes()
    for where, length, piece in damages:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    if shuffled:
        lines = data.split(b"\n")
        data = b"\n".join([*lines[:1], *lines[:0:-2], *lines[1::2]])
    said = ImportOptions(symbol="X", zone="UTC", skip_bad_rows=skip)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / fixture.name
        path.write_bytes(data)
        try:
            found = read_file(path, said, lambda _: "24/7")
        except BarFileError as error:
            assert "\n" not in error.message  # noqa: PT017
            assert error.next_step  # noqa: PT017
            return
    for bars in found.bars:
        assert np.all(np.diff(bars.ts_event) > 0)
        assert np.all(bars.high >= bars.low * (1 - 1e-8))
        assert np.isfinite(bars.close).all()
        assert np.all(bars.volume >= 0)
    assert skip or not found.understood.refused
