"""What the verbs that run sessions share: options, preparation, and the closing words."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.output import print_json, say
from tradewind.cli.stages import OnStage
from tradewind.core.vocabulary import FeedKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.config import TradewindConfig
    from tradewind.app.session.asked import Asked
    from tradewind.app.session.outcome import SessionOutcome
    from tradewind.app.session.plan import SessionPlan
    from tradewind.app.session.running import Ran
    from tradewind.core.vocabulary import SessionMode

NewName = Annotated[
    str | None,
    typer.Option(
        "--name",
        help="Name of the session and of its journal.",
        show_default="backtest, or with a number where its settings are others",
    ),
]
SessionName = Annotated[str, typer.Option("--name", help="Name of the session and of its journal.")]
Override = Annotated[
    bool,
    typer.Option("--override-gate", help="Let models trade that the promotion gate refused; recorded."),
]


def live_words(plan: "SessionPlan") -> str:
    """What a live session listens to, and how to end it."""
    live = plan.config.session.live
    return (
        f"{plan.session_id} listens to {live.timeframe} bars of {', '.join(plan.instruments)} by "
        f"{live.stream}. Ctrl-C ends it in good order; started again under its name it goes on."
    )


def is_live(plan: "SessionPlan") -> bool:
    """Whether a stream drives the session."""
    return plan.config.session.feed is FeedKind.LIVE


def prepare(
    config: "TradewindConfig",
    asked: "Asked",
    name: str | None,
    mode: "SessionMode",
    on_stage: OnStage,
    require: "Callable[[TradewindConfig], None] | None" = None,
) -> tuple["SessionPlan", tuple[str, ...]]:
    """Refuse what could not run, then fit or load the session's models and load what the session will see.

    With it comes what of the options and the configuration counts for nothing, because the session goes on
    with its own; it is said here, before anything runs. Without a name the session has a number of its own
    where its settings are not those of an earlier one. ``require`` refuses a configuration for reasons of the
    verb's own.
    """
    from tradewind.app.home import session_name
    from tradewind.app.session.asked import with_asked
    from tradewind.app.session.begun import free_name, ignored
    from tradewind.app.session.prepare import prepare_session

    if name is not None:
        session_name(name)
    config = with_asked(config, asked)
    if require is not None:
        require(config)
    name = name or free_name(config, mode)
    plan = prepare_session(config, name, mode, on_stage, say)
    kept = ignored(config, name)
    for line in kept:
        say(f"The session goes on as it was begun: {line}.")
    return plan, kept


def tell_outcome(plan: "SessionPlan", ran: "Ran", kept: tuple[str, ...], *, as_json: bool) -> None:
    """The end of a session: its figures, what stopped it, its notes, and what to look at next."""
    from tradewind.app.session.outcome import session_outcome

    came = session_outcome(ran.journal, ran.book)
    why = why_no_order(plan, came)
    if as_json:
        facts: dict[str, Any] = {
            "journal": str(ran.journal),
            "records": ran.records,
            "resumed_from": ran.resumed_from,
            "ignored": kept,
            "notes": plan.notes,
            "why_no_order": why,
            "seconds": round(ran.seconds, 2),
        }
        print_json(asdict(came) | facts)
        return
    for note in plan.notes:
        say(note)
    if (out := _left_out(plan)) and not why:
        say(f"Not promoted by the gate, so not traded on: {out}. See `tradewind validate`.")
    typer.echo(end_words(came, ran, why))


def end_words(came: "SessionOutcome", ran: "Ran", why: str) -> str:
    """The outcome, the journal, and what to look at next."""
    from tradewind.app.home import DEFAULT_HOME  # in it a session is found by its name, elsewhere by its file

    resumed = f" (went on from record {ran.resumed_from:,})" if ran.resumed_from else ""
    name = ran.journal.stem if ran.journal.parent.parent == DEFAULT_HOME else ran.journal
    nearest = "" if came.orders else " tells what came nearest to an order"
    lines = [
        came.words(),
        *([why] if why else []),
        f"Journal {ran.journal}: {ran.records:,} records{resumed}, {ran.seconds:.1f} s.",
        f"Next: `tradewind explain --journal {name}`{nearest}; `tradewind orders --journal {name}`; "
        f"`tradewind report --journal {name}`.",
    ]
    return "\n".join(lines)


def why_no_order(plan: "SessionPlan", came: "SessionOutcome") -> str:
    """Why a session sent no order, as far as it shows from outside of a decision; else empty."""
    from tradewind.app.session.gate import stopped_by_gate

    if came.orders:
        return ""
    stopped = stopped_by_gate(plan.strategies, plan.words, override=plan.config.session.override_gate)
    if stopped:
        return f"No order was sent. {stopped} A session keeps what it was begun with: give another --name."
    if came.refusal:
        return f"No order was sent: a limit stood against each, lastly because: {came.refusal}"
    if came.failed:
        return "No order was sent: deciding failed, as said above."
    if came.blocked:
        return f"No order was sent: {'; '.join(came.blocked)}."
    return "No order was sent: no decision came to one."


def _left_out(plan: "SessionPlan") -> str:
    from tradewind.app.session.gate import not_traded_on

    override = plan.config.session.override_gate
    return ", ".join(not_traded_on(plan.strategies, plan.words, override=override))
