"""What a model carries is told from the votes of the latest decisions, by hand here."""

import pytest
from merged_session import merge
from session_story import INSTRUMENTS, START_NS, opening, write

from tradewind.core.decisions import DecisionMade, ModelVote
from tradewind.core.events import ModelStatus
from tradewind.core.forecasts import Forecast, ForecastFailed
from tradewind.core.vocabulary import Outcome, PromotionOutcome
from tradewind.journal.memory import MemoryJournal
from tradewind.views.session.view import SessionView, fold


def blend(
    symbol: int, strategy: str = "ensemble", timeframe: str = "1h", version: str = "3.1", **shares: float
):
    votes = tuple(
        ModelVote(model=name, version=version, weight=share, edge_bps=1.0, probability_up=0.5, confidence=0.1)
        for name, share in shares.items()
    )
    return DecisionMade(
        ts_event=START_NS,
        decision_id=f"d-{strategy}-{symbol}",
        strategy=strategy,
        instrument_id=INSTRUMENTS[symbol].id,
        outcome=Outcome.HOLD,
        reason="",
        timeframe=timeframe,
        votes=votes,
    )


def view_of(*events) -> SessionView:
    journal = MemoryJournal()
    write(journal, [*opening(), *((event, False) for event in events)])
    return fold(journal.read())


def model(name: str, timeframe: str = "1h", horizon_bars: int = 24, version: str = "3.1") -> ModelStatus:
    return ModelStatus(
        ts_event=START_NS,
        model=name,
        model_version=version,
        timeframe=timeframe,
        horizon_bars=horizon_bars,
        verdict=PromotionOutcome.ACCEPTED,
        weight=1.0,
    )


def shares(view: SessionView) -> dict:
    return {
        (row.model, row.timeframe): (row.share, row.blends)
        for row in view.changes().models
        if row.share is not None
    }


def test_a_share_is_the_mean_over_the_latest_blend_of_each_instrument() -> None:
    view = view_of(
        model("small"),
        model("large"),
        blend(0, small=0.5, large=0.5),  # of which the next one takes the place
        blend(0, small=0.04, large=0.96),
        blend(1, small=0.08, large=0.92),
        blend(2, small=0.0, large=0.0),  # all were silent: no blend
        blend(3),  # there were no forecasts
    )
    told = shares(view)
    assert told["small", "1h"] == (pytest.approx(0.06), 2)
    assert told["large", "1h"] == (pytest.approx(0.94), 2)
    assert {row.weight for row in view.changes().models if row.model in ("small", "large")} == {1.0}


def test_who_is_silent_somewhere_carries_nothing_there_and_other_strategies_do_not_count() -> None:
    view = view_of(
        model("trend"),
        model("tree"),
        model("other"),
        blend(0, trend=0.25, tree=0.75),
        blend(1, tree=1.0),
        blend(0, strategy="second", other=1.0),
    )
    told = shares(view)
    assert told["trend", "1h"] == (pytest.approx(0.125), 2)
    assert told["tree", "1h"] == (pytest.approx(0.875), 2)
    assert told["other", "1h"] == (1.0, 1)


def test_one_version_on_two_timeframes_is_told_apart() -> None:
    view = view_of(
        model("trend", "1h"),
        model("trend", "1d"),
        blend(0, strategy="hourly", timeframe="1h", trend=0.3),
        blend(0, strategy="daily", timeframe="1d", trend=0.7),
    )
    assert shares(view) == {("trend", "1h"): (0.3, 1), ("trend", "1d"): (0.7, 1)}


def test_a_new_share_is_a_change() -> None:
    journal = MemoryJournal()
    write(journal, [*opening(), (model("small"), True)])
    view = fold(journal.read())
    known = view.changes()
    assert view.changes(known.seq).models == []
    write(journal, [(blend(0, small=1.0), False)])
    view.apply_all(journal.read(known.seq + 1))
    change = view.changes(known.seq)
    assert [(row.model, row.share) for row in change.models] == [("small", 1.0)]
    assert merge(known, change) == view.changes()


def forecast(horizon_bars: int, edge_bps: float) -> Forecast:
    return Forecast(
        ts_event=START_NS,
        instrument_id=INSTRUMENTS[0].id,
        model="tree",
        model_version="1",
        horizon_bars=horizon_bars,
        expected_return_bps=edge_bps,
        probability_up=0.5,
        confidence=0.1,
        lower_bps=0.0,
        upper_bps=1.0,
        timeframe="1h",
    )


def test_a_model_on_two_horizons_has_two_forecasts_and_fails_on_both() -> None:
    said = [model("tree", "1h", 5), model("tree", "1h", 20), forecast(5, 1.0), forecast(20, 2.0)]
    rows = view_of(*said).changes().forecasts
    assert {(row.horizon_bars, row.expected_return_bps) for row in rows} == {(5, 1.0), (20, 2.0)}
    late = ForecastFailed(
        ts_event=START_NS, model="tree", instrument_id=INSTRUMENTS[0].id, reason="Late.", timeframe="1h"
    )
    rows = view_of(*said, late).changes().forecasts
    assert [(row.horizon_bars, row.failed) for row in rows] == [(5, "Late."), (20, "Late.")]
