"""What the verbs that run sessions share: options, preparation, and the closing words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewind.cli.output import say
from tradewind.cli.stages import OnStage
from tradewind.core.vocabulary import FeedKind, PromotionOutcome

if TYPE_CHECKING:
    from tradewind.app.config import TradewindConfig
    from tradewind.app.session.plan import SessionPlan
    from tradewind.app.session.running import Ran
    from tradewind.core.vocabulary import SessionMode

SessionName = Annotated[str, typer.Option("--name", help="Name of the session and of its journal.")]
Override = Annotated[
    bool,
    typer.Option("--override-gate", help="Let models trade that the promotion gate refused; recorded."),
]


def with_override(config: "TradewindConfig", wanted: bool) -> "TradewindConfig":
    """The configuration with the gate overridden by a person's word."""
    if not wanted:
        return config
    session = config.session.model_copy(
        update={"override_gate": True, "override_reason": "asked for on the command line"}
    )
    return config.model_copy(update={"session": session})


def with_live(config: "TradewindConfig", wanted: bool, url: str, rest_url: str) -> "TradewindConfig":
    """The configuration with a live feed, and its addresses where others are named."""
    addresses = {name: text for name, text in (("url", url), ("rest_url", rest_url)) if text}
    session = config.session
    if addresses:
        session = session.model_copy(update={"live": session.live.model_copy(update=addresses)})
    if wanted:
        session = session.model_copy(update={"feed": FeedKind.LIVE})
    return config.model_copy(update={"session": session})


def live_words(plan: "SessionPlan") -> str:
    """What a live session listens to, and how to end it."""
    live = plan.config.session.live
    return (
        f"{plan.session_id} listens to {live.timeframe} bars of {', '.join(plan.instruments)} by "
        f"{live.stream}. Ctrl-C ends it in good order; started again under its name it goes on."
    )


def prepare(
    config: "TradewindConfig", name: str, mode: "SessionMode", on_stage: OnStage
) -> tuple["SessionPlan", tuple[str, ...]]:
    """Fit or load the session's models, hear the gate's word on each, and load what the session will see.

    With it comes what of the configuration counts for nothing, because the session goes on with its own.
    """
    from tradewind.app.session.prepare import ignored, prepare_session

    kept = ignored(config, name)
    return prepare_session(config, name, mode, on_stage), kept


def say_ignored(kept: Sequence[str]) -> None:
    """Which options and settings a session that went on did not take."""
    for line in kept:
        say(f"The session goes on as it was begun: {line}.")


def say_notes(plan: "SessionPlan") -> None:
    """What a person should know beside the figures: of the data, and which models may not trade."""
    for note in plan.notes:
        say(note)
    refused = [word.model for word in plan.words if word.verdict is not PromotionOutcome.ACCEPTED]
    if refused and not plan.config.session.override_gate:
        say(
            f"Not promoted by the gate, so not traded on: {', '.join(refused)}. "
            "See `tradewind validate`; a session of another --name may be given --override-gate."
        )


def end_words(said: dict[str, Any], ran: "Ran") -> str:
    """The outcome in one paragraph."""
    resumed = f" (went on from record {ran.resumed_from:,})" if ran.resumed_from else ""
    why = f"\n`tradewind explain --journal {ran.journal}` tells what came nearest to an order."
    return (
        f"{said['orders']} orders, {said['fills']} fills, equity {said['equity_start']:,.2f} to "
        f"{said['equity_end']:,.2f}, largest drawdown {said['max_drawdown']:.2%}, breakers: "
        f"{said['breakers'] or 'none'}.\n"
        f"Journal {ran.journal}: {ran.records:,} records{resumed}, {ran.seconds:.1f} s."
        f"{'' if said['orders'] else why}"
    )
