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
_END = r"(?:[eE][-+]?\d+)?\D*$"
_MANY_POINTS = r"^[-+]?\d{1,3}(?:\.\d{3}){2,}\D*$"
_DECIMAL_COMMA = rf"\d\.\d{{3}},|^[-+]?\d*,(?:\d{{1,2}}|\d{{4,}}){_END}|^[-+]?(?:0|\d{{4,}})?,\d{{3}}{_END}"
_DECIMAL_POINT = (
    r"\d,\d{3}\.|^[-+]?\d{1,3}(?:,\d{3}){2,}\D*$"
    rf"|^[-+]?\d*\.(?:\d{{1,2}}|\d{{4,}}){_END}|^[-+]?(?:0|\d{{4,}})?\.\d{{3}}{_END}"
)
_EITHER = r"^[-+]?[1-9]\d{0,2},\d{3}\D*$"
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
    import polars as pl

    texts = [column for column in columns if column.dtype == pl.String]
    grouped = _first(texts, _MANY_POINTS)
    if not grouped and not any(bool(column.str.contains(",", literal=True).any()) for column in texts):
        return POINT
    bare = [column.str.strip_chars().str.replace_all(_SPACES, "") for column in texts]
    comma, point = grouped or _first(bare, _DECIMAL_COMMA), _first(bare, _DECIMAL_POINT)
    if comma and point:
        both = f"points ({point}) and decimal commas ({comma})"
        message = f"{file} has both decimal {both}."
        step = "Say which one holds (--decimal); cells with the other are then refused."
        raise UnsettledFileError(message, step, file=file, option="decimal")
    either = _first(bare, _EITHER)
    if comma or point or not either:
        return COMMA if comma else POINT
    message = f"{file}: {either!r} can be a number of thousands or one with decimals."
    raise UnsettledFileError(
        message, "Say the decimal sign: ',' or '.' (--decimal).", file=file, option="decimal"
    )


def _first(columns: Sequence["pl.Series"], pattern: str) -> str:
    """The first cell that a pattern fits, or nothing."""
    for column in columns:
        for text in column.filter(column.str.contains(pattern).fill_null(value=False)).head(1):
            return str(text)
    return ""


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
