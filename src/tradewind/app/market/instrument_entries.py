"""What a source says of its instruments: entries of the section ``instruments:``, and into a file of it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.app.config import TradewindConfig
from tradewind.app.market.workspace import make_provider
from tradewind.app.yaml_lines import LinedYaml, read_yaml
from tradewind.core.errors import ConfigError
from tradewind.core.instruments import FeeSchedule, Instrument, canonical_symbol, instrument_id
from tradewind.core.money import CASH_SCALE
from tradewind.core.ports import InstrumentProvider, SupportsClose
from tradewind.data.venues import describing_venues
from tradewind.store.files import write_whole

SECTION = "instruments"
_BPS_E8 = 10_000


@dataclass(frozen=True)
class Said:
    """One instrument as its venue describes it, the entry that says so, and what is assumed besides."""

    instrument: Instrument
    entry: Mapping[str, Any]
    assumed: tuple[str, ...]


def said_by(config: TradewindConfig, provider: str, symbols: Sequence[str]) -> list[Said]:
    """What ``provider`` says of each symbol, in their order; it is asked at most once a day.

    Raises
    ------
    ConfigError
        No symbol is named, or the source does not describe instruments.
    UnknownSymbolError
        The source has no such symbol.
    DataError
        It could not be asked.
    """
    venues = {name: venue for venue, name in describing_venues().items()}
    if provider not in venues:
        raise _silent(provider, venues)
    if not symbols:
        message = f"No symbol of {provider} is named."
        step = f"Write them: tradewind data instruments BTC/USDT --from {provider}; or all of them: --all."
        raise ConfigError(message, step)
    source = make_provider(config, provider)
    if not isinstance(source, InstrumentProvider):
        raise _silent(provider, venues)
    try:
        found = [
            source.instrument(instrument_id(_symbol(text, venues[provider]), venues[provider]))
            for text in symbols
        ]
    finally:
        if isinstance(source, SupportsClose):
            source.close()
    return [said_of(one) for one in {one.id: one for one in found}.values()]


def said_of(instrument: Instrument) -> Said:
    """The instrument with its entry and what is assumed of it."""
    return Said(instrument, entry_of(instrument), _assumed(instrument))


def _silent(provider: str, venues: Iterable[str]) -> ConfigError:
    message = f"{provider!r} does not describe instruments."
    return ConfigError(message, f"Those that do: {', '.join(sorted(venues))}.")


def entry_of(instrument: Instrument) -> dict[str, Any]:
    """The entry of the section that makes this instrument again; fees only where the source said some."""
    entry: dict[str, Any] = {
        "asset_class": instrument.asset_class.value,
        "currency": instrument.quote_currency,
        "tick": instrument.tick_size,
        "lot": instrument.lot_size,
        "calendar": instrument.calendar,
        "half_spread_bps": instrument.half_spread_bps,
        "shortable": instrument.shortable,
    }
    for name in ("minimum_notional", "minimum_quantity", "maximum_quantity"):
        if said := getattr(instrument, name):
            entry[name] = said
    if instrument.fees is not None:
        entry["fees"] = _fees(instrument.fees)
    return entry


def write_entries(path: Path, found: Sequence[Said]) -> list[str]:
    """Add entries to a configuration file, whole or not at all; gives the ids that were new.

    What stands in the file stays as it is, comments too. An instrument that it has just so is left out.

    Raises
    ------
    ConfigError
        The file is no configuration, has one of them otherwise, or its section is written in braces.
    StoreError
        The disk refuses; the file is untouched.
    """
    text = path.read_text("utf-8") if path.exists() else ""
    file = read_yaml(path) if path.exists() else LinedYaml(str(path), {}, {})
    held = file.values.get(SECTION) or {}
    new = {}
    for one in found:
        own = held.get(one.instrument.id)
        if own is None:
            new[one.instrument.id] = one.entry
        elif own != one.entry:
            line = file.line_of((SECTION, one.instrument.id))
            message = f"{path}, line {line}: {one.instrument.id} is written otherwise there."
            raise ConfigError(message, "Take it out of the file to have it described anew, or keep it.")
    if new:
        made = _with_entries(path, text, file, new)
        _check_kept(path, made, file.values, new)
        write_whole(path, made.encode())
    return list(new)


def _with_entries(path: Path, text: str, file: LinedYaml, new: Mapping[str, Mapping[str, Any]]) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    held = file.values.get(SECTION)
    indent, at = "  ", len(lines)
    added = []
    if SECTION not in file.values:
        added.append(f"{SECTION}:\n")
    else:
        line = file.line_of((SECTION,)) or 1
        if lines[line - 1].split("#")[0].strip() != f"{SECTION}:" or not (held is None or held):
            message = f"{path}, line {line}: the section {SECTION} is written in one line."
            raise ConfigError(message, "Write each instrument on a line of its own under it.")
        at = line
        if held:
            first = lines[(file.line_of((SECTION, next(iter(held)))) or 1) - 1]
            indent = first[: len(first) - len(first.lstrip())]
    added += [f"{indent}{json.dumps(name)}: {_flow(entry)}\n" for name, entry in new.items()]
    return "".join([*lines[:at], *added, *lines[at:]])


def _flow(entry: Mapping[str, Any]) -> str:
    """One line of YAML: texts in quotes, so that ``0.10`` stays what it is."""
    cells = [
        f"{key}: {_flow(value) if isinstance(value, Mapping) else json.dumps(value)}"
        for key, value in entry.items()
    ]
    return f"{{{', '.join(cells)}}}"


def _check_kept(path: Path, made: str, before: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """What was in the file is in it still, and nothing besides but what is new."""
    trial = path.with_name(f".{path.name}.trial")
    write_whole(trial, made.encode())
    try:
        after = read_yaml(trial).values
    except ConfigError as error:
        message = f"{path} cannot take {len(new):,} more instruments: {error.message}"
        step = "Choose fewer (--class, --quote), or write a file of their own: --write instruments.json."
        raise ConfigError(message, step) from error
    finally:
        trial.unlink()
    wanted = {**before, SECTION: {**(before.get(SECTION) or {}), **new}}
    if after != wanted:
        message = f"{path} is written in a way that entries cannot be added to safely."
        raise ConfigError(message, f"Add them by hand under {SECTION}: to see them leave out --write.")


def _symbol(text: str, venue: str) -> str:
    return canonical_symbol(text.strip().upper().removesuffix(f".{venue}"))


def _assumed(instrument: Instrument) -> tuple[str, ...]:
    """What the source does not say."""
    fees = () if instrument.fees is not None else ("fees: those usual for its class",)
    short = () if instrument.shortable else ("not shortable",)
    return (*fees, f"half spread: {instrument.half_spread_bps:g} bps", "calendar", *short)


def _fees(fees: FeeSchedule) -> dict[str, Any]:
    said = {
        "maker_bps": fees.maker_rate_e8 / _BPS_E8,
        "taker_bps": fees.taker_rate_e8 / _BPS_E8,
        "per_unit": fees.per_unit_e8 / CASH_SCALE,
        "minimum": fees.minimum_e8 / CASH_SCALE,
    }
    return {name: value for name, value in said.items() if value} | {"fee_in": fees.fee_in.value}
