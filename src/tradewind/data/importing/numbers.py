"""Numbers as programs write them: decimal points and commas, thousands, K and M, words for nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradewind.core.errors import UnsettledFileError
from tradewind.core.panel import Bools, Floats
from tradewind.data.importing.cells import MISSING

if TYPE_CHECKING:
    import polars as pl

POINT, COMMA = ".", ","
_SPACES = "[ \u00a0\u202f']"
_SUFFIXES = {"K": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True)
class Numbers:
    """One column (R,): NaN where a cell says that there is nothing; ``bad`` where it is no number."""

    values: Floats
    bad: Bools


def decimal_sign(columns: Sequence["pl.Series"], file: str) -> str:
    """The decimal sign of the text columns together.

    A point and a comma in one cell tell by their order; a comma that does not part groups of three digits is
    a decimal sign, as is any sign that stands but once in a cell where the other parts thousands.

    Raises
    ------
    UnsettledFileError
        Every comma could be either (``1,234``), and nothing else in the file tells.
    """
    seen = _Signs()
    for column in columns:
        if not column.dtype.is_numeric():
            seen.look_at(column)
    if seen.decimal_comma and seen.decimal_point:
        both = f"points ({seen.decimal_point}) and decimal commas ({seen.decimal_comma})"
        message = f"{file} has both decimal {both}."
        raise UnsettledFileError(
            message,
            "Say decimal='.' or decimal=','; other cells are then refused.",
            file=file,
            option="decimal",
        )
    if seen.decimal_comma:
        return COMMA
    if seen.decimal_point or not seen.either:
        return POINT
    message = f"{file}: {seen.either!r} can be a number of thousands or one with decimals."
    raise UnsettledFileError(message, "Say decimal=',' or decimal='.'.", file=file, option="decimal")


class _Signs:
    """Examples of what the signs in the cells can be."""

    def __init__(self) -> None:
        self.decimal_comma = self.decimal_point = self.either = ""

    def look_at(self, column: "pl.Series") -> None:
        """Note the first example of each kind."""
        with_comma = column.filter(column.str.contains(",", literal=True).fill_null(value=False))
        without = column.filter(
            column.str.contains(r"^\s*[-+]?\d+\.\d+(?:[eE][-+]?\d+)?\s*[KMB%]?\s*$").fill_null(value=False)
        )
        for text in without.head(1):
            if len(re.findall(r"\.\d{3}\b", text)) == 0 or not len(with_comma):
                self.decimal_point = self.decimal_point or text
        for text in with_comma.to_list():
            self._note(re.sub(_SPACES, "", text.strip()))

    def _note(self, word: str) -> None:
        if "." in word and re.fullmatch(r"[-+]?[\d.,]+\D*", word):
            if word.rindex(".") > word.rindex(","):
                self.decimal_point = self.decimal_point or word
            else:
                self.decimal_comma = self.decimal_comma or word
        elif re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3}){2,}\D*", word):
            self.decimal_point = self.decimal_point or word
        elif re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}\D*", word):
            self.either = self.either or word
        elif re.fullmatch(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?\D*", word):
            self.decimal_comma = self.decimal_comma or word


def numbers_of(column: "pl.Series", decimal: str) -> Numbers:
    """The cells as float64, with ``decimal`` as their decimal sign."""
    import polars as pl

    if column.dtype.is_numeric() or column.dtype == pl.Null:
        plain = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return Numbers(np.asarray(plain, dtype=np.float64), np.zeros(len(plain), dtype=np.bool_))
    if column.dtype != pl.String:
        return Numbers(np.full(len(column), np.nan), np.ones(len(column), dtype=np.bool_))
    found = column.cast(pl.Float64, strict=False) if decimal == POINT else None
    if found is None or found.null_count():
        word = column.str.strip_chars()
        gone = (word.is_null() | word.str.to_lowercase().is_in(list(MISSING))).to_numpy()
        again = _tidy(word, decimal)
        found = again if found is None else found.zip_with(found.is_not_null(), again)
        bad = found.is_null().to_numpy() & ~gone
    else:
        bad = np.zeros(len(column), dtype=np.bool_)
    return Numbers(np.array(found.fill_null(float("nan")).to_numpy()), bad)


def _tidy(word: "pl.Series", decimal: str) -> "pl.Series":
    """Cells without thousands and with a decimal point; what is written otherwise becomes null."""
    import polars as pl

    thousands = "," if decimal == POINT else "."
    sign, group = re.escape(decimal), re.escape(thousands)
    grouped = rf"^[-+]?\d{{1,3}}(?:(?:{group}|{_SPACES})\d{{3}})+(?:{sign}\d*)?[KMB]?$"
    plain = rf"^[-+]?(?:\d+(?:{sign}\d*)?|{sign}\d+)(?:[eE][-+]?\d+)?[KMB]?$"
    suffix = word.str.extract(r"([KMB])$", 1)
    scale = suffix.replace_strict(_SUFFIXES, default=1.0, return_dtype=pl.Float64)
    good = word.str.contains(grouped) | word.str.contains(plain)
    digits = word.str.replace_all(f"(?:{group}|{_SPACES}|[KMB])", "").str.replace(decimal, ".", literal=True)
    values = digits.cast(pl.Float64, strict=False) * scale
    return (
        values.zip_with(
            good.fill_null(value=False),
            pl.Series([None], dtype=pl.Float64).extend_constant(None, len(word) - 1),
        )
        if len(word)
        else values
    )
