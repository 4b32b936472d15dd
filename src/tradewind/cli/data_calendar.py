"""``tradewind data calendar``: reports and macro releases, what is due when, as it was known at a moment."""

from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, say
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig
    from tradewind.app.market.calendars import CalendarFailure, FetchedCalendar
    from tradewind.core.releases import Release


def calendar(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="SOURCE:ID, as fred:10; none lists sources.", show_default=False),
    ] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Ask the source and store what is new.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--import", help="CSV file of calendars of your own to add.", show_default=False),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="A day (its begin in UTC) or a time with its zone: what was known then.",
            show_default="now",
        ),
    ] = None,
    revisions: Annotated[
        bool, typer.Option("--revisions", help="Every row that was known, moved and withdrawn days too.")
    ] = False,
    start: Annotated[
        str | None, typer.Option("--start", help="First day, as 2015-01-31.", show_default="a year back")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", help="First day after them.", show_default="a year ahead")
    ] = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Earnings and macro releases: list sources, fetch calendars, show them as they were known at a moment.

    A day that moves is a new row, and what was believed before stays; the same again changes nothing.

    Example: tradewind data calendar
    """
    settings, wanted = read_config(config, home), words(names)
    if file is not None:
        if wanted or fetch or as_of is not None:
            message = "data calendar is to import a file, and something else is asked for as well."
            raise ConfigError(message, "Import first: tradewind data calendar --import FILE.csv.")
        _import(settings, file, as_json=as_json)
    elif not wanted:
        if fetch or as_of is not None:
            message = "data calendar is to fetch or show, and names no calendar."
            raise ConfigError(message, "Name one: tradewind data calendar fred:10 --fetch.")
        _list(settings, as_json=as_json)
    elif fetch:
        if as_of is not None:
            message = "Both --fetch and --as-of are given."
            raise ConfigError(message, "Fetch first, then show.")
        _fetch(settings, wanted, start, end, as_json=as_json)
    else:
        _show(settings, wanted, as_of, (start, end), revisions=revisions, as_json=as_json)


def _list(settings: "TradewindConfig", *, as_json: bool) -> None:
    from tradewind.app.market.calendars import all_stored_calendars, calendar_sources

    sources, stored = calendar_sources(), all_stored_calendars(settings)
    if as_json:
        print_json({"sources": [asdict(one) for one in sources], "stored": stored})
        return
    listed = (
        (f"{one.name}:{name}", what, ", ".join(one.missing) or ", ".join(one.takes) or "nothing")
        for one in sources
        for name, what in one.known.items()
    )
    print_table("Calendars that are known; sources have more", ("calendar", "what", "takes"), listed)
    for one in sources:
        typer.echo(f"{one.name}: {one.what}")
    typer.echo(f"Stored: {', '.join(stored) or 'none yet'}.")


def _import(settings: "TradewindConfig", file: Path, *, as_json: bool) -> None:
    from tradewind.app.market.calendars import import_calendars

    _say_fetched(import_calendars(settings, file), (), as_json=as_json)


def _fetch(
    settings: "TradewindConfig", names: Sequence[str], start: str | None, end: str | None, *, as_json: bool
) -> None:
    from tradewind.app.market.calendars import fetch_calendars

    fetched, failed = fetch_calendars(settings, names, start, end)
    _say_fetched(fetched, failed, as_json=as_json)
    for one in failed:
        say(f"Error: {one.calendar}: {one.error}")
    if failed:
        raise typer.Exit(DataError.exit_code)


def _say_fetched(
    fetched: "Sequence[FetchedCalendar]", failed: "Sequence[CalendarFailure]", *, as_json: bool
) -> None:
    if as_json:
        print_json({"fetched": [asdict(one) for one in fetched], "failed": [asdict(one) for one in failed]})
    elif fetched:
        columns = ("calendar", "releases", "new", "moved", "withdrawn")
        body = ((one.calendar, one.releases, one.added, one.moved, one.withdrawn) for one in fetched)
        print_table("Stored", columns, body)


def _show(
    settings: "TradewindConfig",
    names: Sequence[str],
    as_of: str | None,
    span: tuple[str | None, str | None],
    *,
    revisions: bool,
    as_json: bool,
) -> None:
    from tradewind.app.market.calendars import calendar_rows
    from tradewind.core.clock import WallClock
    from tradewind.core.releases import hours_to_next, known_releases
    from tradewind.core.timestamps import iso, parse_ns

    moment_ns = WallClock().now_ns() if as_of is None else parse_ns(as_of)
    first, last = (parse_ns(day) if day else None for day in span)
    shown: list[dict[str, Any]] = []
    for name in names:
        stored = calendar_rows(settings, name)
        known = known_releases(stored, moment_ns)
        rows = [row for row in stored if row.ts_known <= moment_ns] if revisions else known
        inside = [
            row
            for row in rows
            if (first is None or row.ts_begin >= first) and (last is None or row.ts_begin < last)
        ]
        hours = hours_to_next(known, moment_ns)
        facts = {"calendar": name, "as_of": iso(moment_ns), "stored": len(stored), "known": len(known)}
        soon = None if isnan(hours) else hours
        shown.append({**facts, "hours_to_next": soon, "rows": [_row(row) for row in inside]})
    if as_json:
        print_json(shown)
        return
    for one in shown:
        wait = one["hours_to_next"]
        told = "none to come is known" if wait is None else f"the next in {wait:.1f} hours"
        columns = ("event", "begin", "end", "timing", "status", "known", "estimate", "actual", "what")
        body = ([_cell(row[name]) for name in columns] for row in one["rows"])
        print_table(f"{one['calendar']} as of {one['as_of']}: {told}", columns, body)


def _row(row: "Release") -> dict[str, Any]:
    from tradewind.core.timestamps import iso

    return {
        "event": row.event,
        "begin": iso(row.ts_begin),
        "end": iso(row.ts_end),
        "timing": row.timing.value,
        "status": row.status.value,
        "known": iso(row.ts_known),
        "what": row.what,
        "estimate": None if isnan(row.estimate) else row.estimate,
        "actual": None if isnan(row.actual) else row.actual,
        "unit": row.unit,
    }


def _cell(value: Any) -> Any:
    return "" if value is None else value
