"""A source's list of instruments, row by row: what can be read is kept, the rest is named.

One row of thousands that makes no sense says nothing against the others; a list of which no row can be read
is no list.
"""

from collections.abc import Callable, Sequence

import msgspec

from tradewind.core.errors import MalformedPayloadError, UnknownSymbolError
from tradewind.core.instruments import FeeSchedule, Instrument
from tradewind.core.ports import LeftOut, Listing

_SHOWN = 40
_WORDS = 200


def listing_of(rows: Sequence[msgspec.Raw], name: str, describe: Callable[[bytes], Instrument]) -> Listing:
    """The instruments of the rows, each once; ``name`` is the field that says what a row is of.

    ``describe`` raises UnknownSymbolError for what is not traded now, and MalformedPayloadError for what
    cannot be. Rows that say two things of one instrument are all left out.

    Raises
    ------
    MalformedPayloadError
        There is no row, or none can be read.
    """
    found: dict[str, Instrument] = {}
    torn: set[str] = set()
    left_out: list[LeftOut] = []
    not_traded = 0
    for nth, raw in enumerate(rows, start=1):
        row = bytes(raw)
        try:
            one = describe(row)
        except UnknownSymbolError:
            not_traded += 1
        except MalformedPayloadError as error:
            left_out.append(LeftOut(_name_of(row, name, nth), error.message))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            left_out.append(LeftOut(_name_of(row, name, nth), str(error)[:_WORDS]))
        else:
            if found.setdefault(one.id, one) != one:
                torn.add(one.id)
    left_out += [LeftOut(found.pop(each).symbol, "It is described in several ways.") for each in sorted(torn)]
    if not found and not not_traded:
        first = f" Of {left_out[0].symbol}: {left_out[0].why}" if left_out else ""
        message = f"None of {len(rows)} rows is an instrument.{first}"
        raise MalformedPayloadError(message, "Try again later, or tell of this answer.")
    return Listing(tuple(found.values()), tuple(left_out), not_traded)


def with_fees(instrument: Instrument, fees: FeeSchedule | None) -> Instrument:
    """The instrument with the fees of an account's tier; as it is where nobody says them."""
    return instrument if fees is None else msgspec.structs.replace(instrument, fees=fees)


def _name_of(row: bytes, field: str, nth: int) -> str:
    """What a row says that it is of; its number where it does not."""
    try:
        said = msgspec.json.decode(row)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    name = said.get(field) if isinstance(said, dict) else None
    text = name if isinstance(name, str) and name.isprintable() and name else f"row {nth}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
