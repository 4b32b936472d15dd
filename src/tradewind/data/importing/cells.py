"""What a single cell looks like: a date, a number, or a word."""

import re

MISSING = frozenset({"", "null", "nan", "na", "n/a", "#n/a", "none", "-", "--", "nat"})
"""What stands for no value, in small letters."""

DIGITS_OF_DAY = re.compile(
    r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[ T]?\d{2}:?\d{2}(?::?\d{2})?)?"
)
EPOCH = re.compile(r"(?:[1-9]\d{8,18}|-\d{7,18})(?:\.\d*)?")
PARTED = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\D?.*")
NAMED_MONTH = re.compile(r"(?:\d{1,2}[-/ .]+[A-Za-z]{3,9}|[A-Za-z]{3,9} +\d{1,2})[-/ .,]+\d{2,4}.*")
SERIAL = re.compile(r"[1-6]\d{4}(?:\.\d*)?")
"""A spreadsheet's count of days, of 1927 to 2091."""

_NUMBER = re.compile(
    r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,]*(?:[eE][-+]?\d+)?[KMB%]?|[-+]?(?:inf|nan)", re.IGNORECASE
)


_LONGEST_CELL = 64
"""No date or number is longer; what is would keep a pattern busy."""


def is_missing(text: str) -> bool:
    """Whether a cell says that there is nothing."""
    return text.strip().lower() in MISSING


def is_moment(text: str) -> bool:
    """Whether a cell can be a date, with or without a time."""
    word = text.strip()
    if len(word) > _LONGEST_CELL:
        return False
    patterns = (DIGITS_OF_DAY, EPOCH, PARTED, NAMED_MONTH)
    return any(pattern.fullmatch(word) for pattern in patterns) and not _is_grouped(word)


def is_number(text: str) -> bool:
    """Whether a cell can be a number, with whatever signs for decimals and thousands."""
    word = text.strip()
    return len(word) <= _LONGEST_CELL and _NUMBER.fullmatch(word) is not None


def _is_grouped(word: str) -> bool:
    """``1.234.567`` is a number with thousands; no date has three digits in its last part."""
    return re.fullmatch(r"\d{1,3}(?:\.\d{3})+", word) is not None
