"""``tradewind data series``: numbers over time that are no bars, each with the moment it was known."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig
    from tradewind.app.market.series import Fetched, NotFetched
    from tradewind.core.series import Observation, Observations


def series(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="SOURCE:ID, as fred:UNRATE; none lists sources.", show_default=False),
    ] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Ask the source and store what is new.")] = False,
    search: Annotated[
        str, typer.Option("--search", help="Series about these words, of all sources.", show_default=False)
    ] = "",
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="A day (its begin in UTC) or a time with its zone: what was known then.",
            show_default="now",
        ),
    ] = None,
    revisions: Annotated[
        bool, typer.Option("--revisions", help="Every revision that was known, not the newest alone.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option("--start", help="First day of the periods, as 2015-01-31.", show_default="all"),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--end", help="First day after the periods.", show_default="all")
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", min=0, max=10_000_000, help="How many of the last periods to show.")
    ] = 12,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Macro, on-chain and company figures: list sources, fetch series, show them as of a moment.

    A value is known from its publication on and no earlier; every revision is kept, and fetching the same
    again changes nothing.

    Example: tradewind data series
    """
    settings = read_config(config, home)
    wanted = words(names)
    if search:
        if wanted or fetch or as_of is not None:
            message = "data series is to search, and something else is asked for as well."
            raise ConfigError(message, "Search first: tradewind data series --search unemployment.")
        _search(settings, search, as_json=as_json)
    elif not wanted:
        if fetch or as_of is not None:
            message = "data series is to fetch or show, and names no series."
            raise ConfigError(message, "Name one: tradewind data series fred:UNRATE --fetch.")
        _list(settings, as_json=as_json)
    elif fetch:
        if as_of is not None:
            message = "Both --fetch and --as-of are given."
            raise ConfigError(message, "Fetch first, then show.")
        _fetch(settings, wanted, start, end, as_json=as_json)
    else:
        _show(settings, wanted, as_of, start, end, rows, revisions=revisions, as_json=as_json)


def _list(settings: "TradewindConfig", *, as_json: bool) -> None:
    from tradewind.app.market.series import series_sources, stored_series

    sources, stored = series_sources(), stored_series(settings)
    if as_json:
        print_json({"sources": [asdict(one) for one in sources], "stored": stored})
        return
    listed = (
        (f"{one.name}:{series_id}", what, ", ".join(one.missing) or ", ".join(one.takes) or "nothing")
        for one in sources
        for series_id, what in one.known.items()
    )
    print_table("Series that are known; sources have more", ("series", "what", "takes"), listed)
    for one in sources:
        typer.echo(f"{one.name}: {one.what}")
    typer.echo(f"Stored: {', '.join(stored) or 'none yet'}.")


def _search(settings: "TradewindConfig", text: str, *, as_json: bool) -> None:
    from tradewind.app.market.series import search_series

    found, failed = search_series(settings, text)
    if as_json:
        print_json({"found": found, "failed": [asdict(one) for one in failed]})
    elif found:
        print_table(f"Series about {text}", ("series", "what"), found.items())
    else:
        typer.echo(f"No series about {text} is known.")
    for one in failed:
        say(f"{one.series} was not asked: {one.error}")


def _fetch(
    settings: "TradewindConfig", names: Sequence[str], start: str | None, end: str | None, *, as_json: bool
) -> None:
    from tradewind.app.market.series import fetch_series

    with progress_bar("Fetching", quiet=as_json) as update:
        fetched, failed = fetch_series(settings, names, start, end, update)
    if as_json:
        print_json({"fetched": [asdict(one) for one in fetched], "failed": [asdict(one) for one in failed]})
    else:
        _say_fetched(fetched)
    _end(failed)


def _say_fetched(fetched: "Sequence[Fetched]") -> None:
    if fetched:
        columns = ("series", "observations", "new", "told otherwise before", "first period", "last period")
        body = (
            (one.series, one.observations, one.added, one.differing, one.first[:10], one.last[:10])
            for one in fetched
        )
        print_table("Fetched", columns, body)
    for one in fetched:
        if one.seen:
            typer.echo(f"{one.series}: its source does not say when a value was published; known since now.")


def _end(failed: "Sequence[NotFetched]") -> None:
    for one in failed:
        say(f"Error: {one.series}: {one.error}")
    if failed:
        raise typer.Exit(DataError.exit_code)


def _show(
    settings: "TradewindConfig",
    names: Sequence[str],
    as_of: str | None,
    start: str | None,
    end: str | None,
    rows: int,
    *,
    revisions: bool,
    as_json: bool,
) -> None:
    from tradewind.app.market.series import period_span, series_revisions
    from tradewind.core.clock import WallClock
    from tradewind.core.timestamps import iso, parse_ns

    moment_ns = WallClock().now_ns() if as_of is None else parse_ns(as_of)
    shown: list[dict[str, Any]] = []
    for name in names:
        stored = series_revisions(settings, name)
        asked = stored.between(*period_span(start, end))
        known = asked.take(asked.ts_known <= moment_ns) if revisions else asked.as_of(moment_ns)
        facts = {"series": name, "as_of": iso(moment_ns), "stored": len(stored), "known": len(known)}
        shown.append({**facts, "rows": _last(known, rows)})
    if as_json:
        print_json(shown)
        return
    for one in shown:
        title = f"{one['series']} as of {one['as_of']}: {len(one['rows'])} of {one['known']}"
        columns = ("period", "known", "value", "unit")
        print_table(title, columns, ([row[name] for name in columns] for row in one["rows"]))


def _last(known: "Observations", count: int) -> list[dict[str, Any]]:
    found = list(known.rows())
    return [_row(row) for row in found[max(len(found) - count, 0) :]]


def _row(row: "Observation") -> dict[str, Any]:
    from tradewind.core.timestamps import iso

    return {
        "period": iso(row.ts_period).removesuffix("T00:00:00Z"),
        "known": iso(row.ts_known),
        "value": row.value,
        "unit": row.unit,
    }
