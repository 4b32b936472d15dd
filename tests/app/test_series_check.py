"""``tradewind plugins check`` of a source of series: what would make reading it as of a moment wrong."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tradewind.app.plugin_check.checking import examine
from tradewind.core.clock import WallClock
from tradewind.core.series import Observation, Observations, SeriesRequest, observations_of
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.registry import SERIES


def sound(request: SeriesRequest) -> Observations:
    rows = [
        Observation(
            request.series_id,
            request.start_ns + day * NS_PER_DAY,
            request.start_ns + known,
            1.0 * known,
            "mm",
        )
        for day in (0, 1)
        for known in (2 * NS_PER_DAY, 3 * NS_PER_DAY)
    ]
    return observations_of(request.series_id, "tried", rows)


def changed(**columns: Any) -> Any:
    def answer(request: SeriesRequest) -> Observations:
        made = sound(request)
        values = {name: change(getattr(made, name)) for name, change in columns.items()}
        fields = {name: getattr(made, name) for name in made.__dataclass_fields__}
        return Observations(**{**fields, **values})

    return answer


@pytest.fixture
def tried() -> Iterator[Any]:
    """Examines a source that answers so, entered for as long as the test runs."""

    def run(answer: Any, **known: str) -> tuple[str, ...]:
        class Tried:
            """Made up for a test."""

            name = "tried"

            def observations(self, request: SeriesRequest) -> Any:
                return answer(request)

        Tried.known = known  # type: ignore[attr-defined]
        SERIES.add("tried", Tried)  # type: ignore[arg-type]
        return examine("series", "tried").findings

    yield run
    SERIES.drop(SERIES.entry("tried").module)


def test_a_sound_source_holds(tried: Any) -> None:
    assert tried(sound, RAIN="rain") == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (changed(ts_known=lambda known: known + WallClock().now_ns()), "known only after now"),
        (changed(ts_period=lambda period: period - NS_PER_DAY), "a period that was not asked for"),
        (changed(ts_period=lambda period: period[::-1]), "do not rise by period and moment"),
        (changed(ts_known=lambda known: known * 0), "do not rise by period and moment"),
        (changed(value=lambda value: value / 0.0 * np.inf), "infinite"),
        (changed(source=lambda _: "other"), "answers with other:RAIN"),
        (changed(series_id=lambda _: "SNOW"), "answers with tried:SNOW"),
        (lambda request: sound(request).between(0, 0), "should raise NoDataError"),
        (lambda request: [1.0], "not Observations"),
    ],
)
def test_what_could_not_be_read_as_of_a_moment_is_said(tried: Any, answer: Any, said: str) -> None:
    with np.errstate(divide="ignore"):
        (finding,) = tried(answer, RAIN="rain")
    assert said in finding


def test_a_source_says_what_people_could_begin_with(tried: Any) -> None:
    (finding,) = tried(sound)
    assert "no id that people could begin with" in finding
