"""What readers of people's CSV files share: the text, its columns, and errors that name the line."""

from collections.abc import Sequence
from pathlib import Path

from tradewind.core.errors import BarFileError

_MOST_BYTES = 64 << 20


def refusal_of(path: Path, line: int, what: str, step: str) -> BarFileError:
    """The error that names the file and, where it is not 0, the line."""
    where = f"{path}, line {line}: " if line else f"{path}: "
    return BarFileError(where + what, step, file=str(path), line=line)


def text_of(path: Path) -> str:
    """The file's text; BarFileError where it is too large, cannot be read, or is not UTF-8."""
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise refusal_of(path, 0, f"it has {size} bytes, more than {_MOST_BYTES}.", "Split the file.")
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise refusal_of(path, 0, f"it cannot be read ({error}).", "Give a CSV file in UTF-8.") from error


def check_columns(path: Path, told: Sequence[str], required: Sequence[str], allowed: Sequence[str]) -> None:
    """BarFileError where a column is missing, strange, or there twice."""
    names = [name.strip() for name in told]
    missing = [name for name in required if name not in names]
    strange = [name for name in names if name not in allowed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if missing or strange or twice:
        what = "lacks" if missing else "has" if strange else "has twice"
        found = ", ".join(missing or strange or twice)
        raise refusal_of(path, 1, f"it {what} {found}.", f"Columns are: {', '.join(allowed)}.")
