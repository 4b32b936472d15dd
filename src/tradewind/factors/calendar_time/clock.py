"""The time of a bar's close, in UTC: the hour, day, month and quarter as points on a circle."""

import numpy as np

from tradewind.core.panel import Floats, Ints
from tradewind.core.timestamps import NS_PER_DAY, NS_PER_HOUR
from tradewind.factors.memory import Window
from tradewind.factors.registry import each, factor


def day_number(ts_event: Ints) -> Ints:
    """Days since 1970-01-01 UTC."""
    days: Ints = ts_event // NS_PER_DAY
    return days


def date_parts(ts_event: Ints) -> tuple[Ints, Ints, Ints]:
    """Month 1..12, day of the month 1..31, days left in the month 0..30."""
    date = ts_event.astype("datetime64[ns]").astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    day = (date - month).astype(np.int64) + 1
    left = ((month + 1).astype("datetime64[D]") - date).astype(np.int64) - 1
    return month.astype(np.int64) % 12 + 1, day, left


def _turn(ts_event: Ints, unit: str) -> Floats:
    """Share of the turn that has passed, 0 to 1."""
    if unit == "hour":
        return (ts_event % NS_PER_DAY) / NS_PER_DAY
    if unit == "weekday":
        return ((day_number(ts_event) + 3) % 7) / 7.0
    month, day, left = date_parts(ts_event)
    within = (day - 1) / (day + left)
    if unit == "monthday":
        return within
    if unit == "month":
        return (month - 1 + within) / 12.0
    return ((month - 1) % 3 + within) / 3.0


@factor(
    name="{unit}_{wave}",
    group="time",
    inputs=["ts_event"],
    memory=Window(1),
    formula="{wave} of the share of the {unit} circle that has passed (UTC)",
    source="cyclical encoding; hour is the time of day, weekday starts on Monday",
    params=each(unit=("hour", "weekday", "monthday", "month", "quarter"), wave=("sin", "cos")),
)
def on_circle(ts_event: Ints, unit: str, wave: str) -> Floats:
    """Place on a circle."""
    angle = 2.0 * np.pi * _turn(ts_event, unit)
    return np.sin(angle) if wave == "sin" else np.cos(angle)


@factor(
    name="turn_of_month",
    group="time",
    inputs=["ts_event"],
    memory=Window(1),
    formula="1 on the last calendar day and the first three of a month, else 0",
    source="Ariel (1987), Lakonishok and Smidt (1988)",
)
def turn_of_month(ts_event: Ints) -> Floats:
    """Whether the day lies at the turn of the month."""
    _, day, left = date_parts(ts_event)
    return np.where((left == 0) | (day <= 3), 1.0, 0.0)


@factor(
    name="is_{day}",
    group="time",
    inputs=["ts_event"],
    memory=lambda day, number: Window(1),
    formula="1 on a {day}, else 0",
    source="day of the week, UTC",
    params=[
        {"day": day, "number": number}
        for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday"))
    ],
)
def is_day(ts_event: Ints, day: str, number: int) -> Floats:
    """Whether it is this day of the week."""
    return np.where((day_number(ts_event) + 3) % 7 == number, 1.0, 0.0)


@factor(
    name="hours_since_last_bar",
    group="time",
    inputs=["ts_event"],
    memory=Window(2),
    formula="hours from the close of the bar before",
    source="gap in trading",
)
def hours_since_last_bar(ts_event: Ints) -> Floats:
    """Hours since the bar before."""
    out = np.full(ts_event.shape, np.nan)
    out[1:] = (ts_event[1:] - ts_event[:-1]) / NS_PER_HOUR
    return out
