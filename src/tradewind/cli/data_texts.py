"""``tradewind data texts``: news and posts, fetched, shown as of a moment, and forgotten."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tradewind.cli.options import Config, Home, Json, read_config
from tradewind.cli.output import print_json, progress_bar, say
from tradewind.cli.spans import words
from tradewind.cli.tables import print_table
from tradewind.core.errors import ConfigError, DataError
from tradewind.core.texts import TextKind

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig
    from tradewind.app.market.texts import Fetched, ShownText, TextSourceCard

_USUAL_DAYS = 7
_TITLE = 100


def texts(
    symbol: Annotated[
        str, typer.Argument(help="A symbol, as AAPL or BTC/USD; nothing at all lists the sources.")
    ] = "",
    fetch: Annotated[bool, typer.Option("--fetch", help="Ask the sources and store what comes.")] = False,
    source: Annotated[
        str, typer.Option("--source", help="Sources, with commas.", show_default="those whose key is set")
    ] = "",
    query: Annotated[
        str,
        typer.Option("--query", help="Words instead of a symbol.", show_default=False),
    ] = "",
    kind: Annotated[
        TextKind | None, typer.Option("--kind", help="What to fetch.", show_default="each source's usual")
    ] = None,
    start: Annotated[
        str,
        typer.Option("--start", help="First day of publication.", show_default="7 days before"),
    ] = "",
    end: Annotated[str, typer.Option("--end", help="First day after.", show_default="now")] = "",
    as_of: Annotated[
        str,
        typer.Option("--as-of", help="Show what was known then: 2024-01-31.", show_default="now"),
    ] = "",
    published: Annotated[
        bool,
        typer.Option("--published", help="Trust the dates of platforms that stamp posts."),
    ] = False,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000, help="How many of the newest.")] = 20,
    forget: Annotated[
        tuple[str, str] | None,
        typer.Option("--forget", help="Source and id of a text to remove for ever.", show_default=False),
    ] = None,
    config: Config = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List sources of news and posts; fetch, show as of a moment, or forget a text.

    With --fetch sources are asked and what comes is stored; fetching the same again changes nothing. Without
    it what is stored is shown, as it was known at the moment of --as-of.

    Example: tradewind data texts AAPL --as-of 2024-03-01
    """
    settings = read_config(config, home)
    if forget is not None:
        _forget(settings, *forget, as_json=as_json)
        return
    if not (symbol or query or fetch or as_of or source):
        _list(settings, as_json=as_json)
        return
    names, span_ns = words(source), _span(start, end or as_of)
    if fetch:
        if as_of:
            message = "Both --fetch and --as-of are given: what is fetched now was not known then."
            raise ConfigError(message, "Fetch first, then show.")
        _fetch(settings, names, symbol, query, kind, span_ns, as_json=as_json)
        return
    _show(settings, names, symbol, query, (start, end, as_of), rows, published=published, as_json=as_json)


def _list(settings: "TradewindConfig", *, as_json: bool) -> None:
    from dataclasses import asdict

    from tradewind.app.market.texts import text_sources

    cards = text_sources(settings)
    if as_json:
        print_json([asdict(card) | {"ready": card.ready} for card in cards])
        return
    columns = ("name", "state", "kinds", "calls", "what")
    print_table("Sources of texts", columns, (_card_row(card) for card in cards))


def _card_row(card: "TextSourceCard") -> tuple[str, ...]:
    missing = [variable for variable, given in card.keys.items() if not given]
    state = f"needs {', '.join(missing)}" if missing else "ready"
    return card.name, state, ", ".join(card.kinds), "; ".join(card.calls), card.what


def _fetch(
    settings: "TradewindConfig",
    names: Sequence[str],
    symbol: str,
    query: str,
    kind: TextKind | None,
    span_ns: tuple[int, int],
    *,
    as_json: bool,
) -> None:
    from dataclasses import asdict

    from tradewind.app.market.texts import fetch_texts, sources_to_ask
    from tradewind.core.texts import TextRequest

    request = TextRequest(*span_ns, symbol=symbol, query=query, kind=kind)
    asked = sources_to_ask(settings, names)
    with progress_bar("Fetching", quiet=as_json) as update:
        found = fetch_texts(settings, asked, request, update)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        columns = ("source", "new", "changed", "same", "refused", "deleted", "forgotten", "pages")
        print_table("Fetched texts", columns, (_fetched_row(one) for one in found))
    _tell_rest(found)


def _fetched_row(one: "Fetched") -> tuple[object, ...]:
    counts = (one.new, one.changed, one.same, len(one.refused), one.deleted, one.forgotten, one.pages)
    return one.source, *counts


def _tell_rest(found: Sequence["Fetched"]) -> None:
    for one in found:
        for reason in sorted({refused.reason for refused in one.refused})[:3]:
            say(f"{one.source}: {reason}")
        if one.more:
            say(f"{one.source}: {one.more}")
        if one.error:
            say(f"Error: {one.source}: {one.error}")
    if any(one.error for one in found):
        raise typer.Exit(DataError.exit_code)


def _show(
    settings: "TradewindConfig",
    names: Sequence[str],
    symbol: str,
    query: str,
    moments: tuple[str, str, str],
    rows: int,
    *,
    published: bool,
    as_json: bool,
) -> None:
    from tradewind.app.market.texts import shown_texts
    from tradewind.core.clock import WallClock
    from tradewind.core.timestamps import iso, parse_ns

    start, end, as_of = (parse_ns(text) if text else None for text in moments)
    now_ns = WallClock().now_ns() if as_of is None else as_of
    found = shown_texts(
        settings,
        now_ns,
        symbol=symbol,
        query=query,
        sources=names,
        start_ns=start,
        end_ns=end,
        published=published,
    )
    newest = found[-rows:]
    stories = len({one.story for one in found})
    if as_json:
        print_json(
            {
                "as_of": iso(now_ns),
                "texts": len(found),
                "stories": stories,
                "shown": [_facts(one) for one in newest],
            }
        )
    elif not found:
        typer.echo("Nothing of that is known. Fetch some with: tradewind data texts AAPL --fetch.")
    else:
        columns = ("known", "source", "outlet", "id", "story", "text")
        title = f"Last {len(newest)} of {len(found)} texts ({stories} stories) known at {iso(now_ns)}"
        print_table(title, columns, (_shown_row(one) for one in newest))


def _shown_row(one: "ShownText") -> tuple[str, ...]:
    from tradewind.core.timestamps import iso

    item = one.known.item
    text = (item.title or item.body or f"{dict(item.engagement)}").replace("\n", " ")
    told = "" if one.story == item.id else f"as {one.story}"
    return iso(one.known.known_ns)[:19], item.source, item.outlet, item.id, told, text[:_TITLE]


def _facts(one: "ShownText") -> dict[str, object]:
    import msgspec

    from tradewind.core.timestamps import iso

    item = one.known.item
    times = {name: iso(getattr(item, f"ts_{name}")) for name in ("published", "changed", "seen")}
    plain: dict[str, object] = msgspec.to_builtins(item)
    fields = {name: value for name, value in plain.items() if not name.startswith("ts_")}
    return fields | times | {"known": iso(one.known.known_ns), "story": one.story}


def _forget(settings: "TradewindConfig", source: str, text_id: str, *, as_json: bool) -> None:
    from tradewind.app.market.texts import forget

    removed = forget(settings, source, text_id)
    if as_json:
        print_json({"source": source, "id": text_id, "removed": removed})
        return
    was = f"{removed} states of it were stored" if removed else "nothing of it was stored"
    typer.echo(f"Forgot {text_id} of {source}: {was}, and it is not taken in again.")


def _span(start: str, end: str) -> tuple[int, int]:
    """From and to in UTC ns, the last seven days where nothing is said; ConfigError where it is empty."""
    from tradewind.core.clock import WallClock
    from tradewind.core.timestamps import NS_PER_DAY, parse_ns

    end_ns = parse_ns(end) if end else WallClock().now_ns()
    start_ns = parse_ns(start) if start else end_ns - _USUAL_DAYS * NS_PER_DAY
    if start_ns >= end_ns:
        message = f"The span from {start} to {end or 'now'} holds nothing."
        raise ConfigError(message, "Give --start before --end.")
    return start_ns, end_ns
