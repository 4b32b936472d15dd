"""Facts out of a person's CSV file: one a line, refused by its line where anything about it is unclear.

Columns are ``instrument``, ``kind``, ``value``, ``effective``, and, if wanted, ``known`` and ``source``.
Times are dates (their midnight in UTC) or ISO times with a zone. Without ``known`` a fact is taken to be
known when it takes effect, never before.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from tradewind.core.errors import BarFileError, ConfigError, UnknownSymbolError
from tradewind.core.timestamps import parse_ns
from tradewind.data.reference.csv_files import check_columns, refusal_of, text_of
from tradewind.data.reference.facts import LAST_CLOSE, Fact, FactKind
from tradewind.data.reference.share_terms import share_terms

REQUIRED = ("instrument", "kind", "value", "effective")
ALLOWED = (*REQUIRED, "known", "source")
_LONGEST = 200
Find = Callable[[str, int | None], str]
"""The id of the instrument that a text means at a moment; None: as in its id, whoever bears the name."""
OF_ITSELF = frozenset(
    {FactKind.LISTED, FactKind.DELISTED, FactKind.MERGED, FactKind.SPUN_OFF, FactKind.SYMBOL}
)
"""What says which instrument it is, and so names it as in its id."""
_TERMS = frozenset({FactKind.MERGED, FactKind.SPUN_OFF})


def read_fact_file(path: Path, find: Find) -> list[Fact]:
    """All facts of a file, in its order. ``find`` gives the id of the instrument that a text means.

    Facts of what it is (its listings, ends and names) name it as in its id; all others by what it is called
    when they take effect.

    Raises
    ------
    BarFileError
        The file cannot be read, a column is missing or strange, or a line says what cannot be; it names the
        line and the value, and nothing of the file is used.
    """
    lines = csv.DictReader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        check_columns(path, lines.fieldnames or (), REQUIRED, ALLOWED)
        return [_Line(path, lines.line_num).fact(row, find) for row in lines]
    except csv.Error as error:
        step = "Write plain CSV, with quotes around texts that hold commas."
        raise refusal_of(path, lines.line_num, f"{error}.", step) from error


@dataclass(frozen=True)
class _Line:
    """One line of the file, to be refused by its number."""

    path: Path
    number: int

    def fact(self, row: Mapping[str | None, str | None], find: Find) -> Fact:
        """What it says."""
        if None in row or None in row.values():
            what = "it has more or fewer cells than the first line."
            raise self.refusal(what, f"Columns are: {', '.join(ALLOWED)}.")
        cells = {str(name).strip(): (value or "").strip() for name, value in row.items()}
        if any(len(value) > _LONGEST or not value.isprintable() for value in cells.values()):
            what = f"a cell is longer than {_LONGEST} characters or holds control characters."
            raise self.refusal(what, "Shorten it.")
        effective_ns = self.moment(cells["effective"])
        try:
            kind = self.kind(cells["kind"])
            instrument_id = find(cells["instrument"], None if kind in OF_ITSELF else effective_ns)
        except UnknownSymbolError as error:
            raise self.refusal(error.message, "Add it to the section `instruments:`.") from error
        value = cells["value"]
        if kind in _TERMS:
            value = self.terms(value, kind, lambda text: find(text, effective_ns))
        if wrong := _wrong_value(kind, value):
            what = f"the value {cells['value']!r} {wrong}."
            raise self.refusal(what, "See docs/universes.md for what each kind says.")
        known_ns = self.moment(cells["known"]) if cells.get("known") else effective_ns
        return Fact(instrument_id, kind, value, effective_ns, known_ns, cells.get("source", ""))

    def terms(self, text: str, kind: FactKind, find: Callable[[str], str]) -> str:
        """The terms of a merger or a spin-off, with the id of the instrument whose shares come."""
        step = "Write 0.5 NEW.XNYS, 0.5 NEW.XNYS at 31.20 + 12.50, or the cash alone."
        try:
            terms = share_terms(text)
            named = replace(terms, into=find(terms.into)) if terms.into else terms
        except ValueError as error:
            what = f"{error}."
            raise self.refusal(what, step) from error
        except UnknownSymbolError as error:
            raise self.refusal(error.message, "Add it to the section `instruments:`.") from error
        if kind is FactKind.SPUN_OFF and (not terms.into or Decimal(terms.cash)):
            raise self.refusal("a spin-off gives shares and no cash.", step)
        return named.words()

    def kind(self, word: str) -> FactKind:
        """The kind of that name."""
        told = [kind for kind in FactKind if kind is not FactKind.BORNE_BY]
        if word not in told:
            what = f"{word!r} is no kind of fact."
            raise self.refusal(what, f"Kinds are: {', '.join(told)}.")
        return FactKind(word)

    def moment(self, text: str) -> int:
        """UTC nanoseconds of a time."""
        try:
            return parse_ns(text)
        except ConfigError as error:
            step = "Write 2015-03-02, or an ISO time with its zone."
            raise self.refusal(error.message, step) from error

    def refusal(self, what: str, step: str) -> BarFileError:
        """The error that names the line."""
        return refusal_of(self.path, self.number, what, step)


def _wrong_value(kind: FactKind, value: str) -> str:
    """What is wrong with a value of that kind; empty where it is right."""
    if kind is FactKind.LISTED:
        return "is one too many: a listing has none" if value else ""
    if kind is not FactKind.DELISTED:
        return "" if value else "is missing"
    if value == LAST_CLOSE:
        return ""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return f"is neither an amount nor {LAST_CLOSE!r}"
    return "" if amount.is_finite() and 0 <= amount < Decimal(10) ** 9 else "is no amount that can be paid"
