"""The driver itself: turns, medians, ratios, and what is said of a peer that cannot run."""

import json

import pytest

from benchmarks import command
from benchmarks.harness import (
    MICROSECONDS,
    Job,
    PeerError,
    Result,
    Standing,
    Turn,
    per_call,
    per_second,
    run_job,
    take_turns,
)
from benchmarks.machine import machine_line
from benchmarks.report import json_line, table
from benchmarks.shown import shown


def scripted(*figures, **facts):
    left = list(figures)
    return lambda: Turn(left.pop(0), facts)


def absent():
    raise PeerError("no wheel for this Python")


def test_turns_alternate_and_the_median_stands():
    order = []

    def noting(label, figures):
        def turn():
            order.append(label)
            return Turn(figures.pop(0))

        return turn

    standings = take_turns({"a": noting("a", [1.0, 9.0, 2.0]), "b": noting("b", [5.0, 4.0, 6.0])}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert {label: standing.figure for label, standing in standings.items()} == {"a": 2.0, "b": 5.0}


@pytest.mark.parametrize(("unit", "ratio"), [("bars/s", 4.0), (MICROSECONDS, 0.25)])
def test_a_ratio_above_one_means_ours_is_better(unit, ratio):
    (result,) = run_job(Job("job", unit, {"": scripted(8.0)}, {"peer": scripted(2.0)}), 1)
    assert (result.job, result.ours, result.peer_figure, result.ratio) == ("job", 8.0, 2.0, ratio)


def test_every_setting_of_ours_meets_every_peer():
    job = Job(
        "job", "rows/s", {"x": scripted(1.0), "y": scripted(2.0)}, {"p": scripted(1.0), "q": scripted(1.0)}
    )
    assert [(r.job, r.peer) for r in run_job(job, 1)] == [
        ("job, x", "p"),
        ("job, x", "q"),
        ("job, y", "p"),
        ("job, y", "q"),
    ]


def test_a_peer_that_cannot_run_is_reported_with_the_reason():
    tries = []

    def gone_for_good():
        tries.append(1)
        absent()

    job = Job("job", "rows/s", {"": scripted(1.0, 1.0)}, {"gone": gone_for_good, "there": scripted(1.0, 1.0)})
    gone, there = run_job(job, 2)
    assert len(tries) == 1
    assert (gone.peer_figure, gone.ratio) == (None, None)
    assert gone.note == "not measured: no wheel for this Python"
    assert there.ratio == 1.0
    assert json.loads(json_line(gone))["peer_figure"] is None
    assert "no wheel for this Python" in table([gone, there])


def test_rounds_that_lie_apart_are_said():
    job = Job("job", "rows/s", {"": scripted(100.0, 110.0, 120.0)}, {"peer": scripted(50.0, 80.0, 60.0)})
    (result,) = run_job(job, 3)
    assert result.ratio == pytest.approx(110.0 / 60.0)
    assert result.note == "peer 50 to 80 over the rounds"


def test_a_fault_of_ours_is_no_peer_error():
    def broken():
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError):
        take_turns({"ours": broken}, 1)


@pytest.mark.parametrize(
    ("orders", "comparable"), [(1_000, True), (1_010, True), (989, False), (2_000, False)]
)
def test_figures_of_other_work_get_no_ratio(orders, comparable):
    job = Job(
        *("job", "bars/s", {"": scripted(2.0, orders=1_000)}, {"peer": scripted(1.0, orders=orders)}),
        agree_on="orders",
        tolerance=0.01,
    )
    (result,) = run_job(job, 1)
    assert (result.ratio == 2.0) is comparable
    assert ("NOT COMPARABLE" in result.note) is not comparable
    assert f"ours 1,000, peer {orders:,}" in result.note


def test_json_lines_hold_the_agreed_fields():
    line = json.loads(json_line(Result("job", 3.0, "cells/s", "peer", 1.5)))
    assert line == {
        "job": "job",
        "ours": 3.0,
        "unit": "cells/s",
        "peer": "peer",
        "peer_figure": 1.5,
        "ratio": 2.0,
        "note": "",
    }


@pytest.mark.parametrize(
    ("figure", "text"), [(None, "-"), (12.345, "12.3"), (4_321.0, "4.32 k"), (2.5e6, "2.5 M"), (1e9, "1 G")]
)
def test_figures_are_short(figure, text):
    assert shown(figure) == text


def test_a_table_says_each_note_once():
    results = [Result("a", 1.0, "x/s", "p", 1.0, "same"), Result("b", 1.0, "x/s", "p", 1.0, "same")]
    text = table(results)
    assert text.count("same") == 1
    assert text.count("(1)") == 3


def test_clocks_measure_what_ran():
    calls = []
    turn = per_second(lambda: calls.append(1), work=10)
    assert turn().figure > 0.0
    assert len(calls) == 2, "the first turn runs once untimed"
    turn()
    assert len(calls) == 3
    assert per_call(lambda: calls.append(1), 50)().figure > 0.0
    assert len(calls) == 3 + 1 + 50


@pytest.mark.parametrize(("arguments", "quick", "rounds"), [([], False, 3), (["--quick"], True, 2)])
def test_the_command_line_chooses_the_size(arguments, quick, rounds, capsys):
    sizes = []

    def benchmark(size):
        sizes.append(size)
        return [Result("job", 1.0, "x/s", "peer", 2.0)]

    assert command.main(benchmark, "about", [*arguments, "--json"]) == 0
    assert (sizes[0].quick, sizes[0].rounds) == (quick, rounds)
    said = capsys.readouterr()
    assert [json.loads(line)["ratio"] for line in said.out.splitlines()] == [0.5]
    assert "Python" in said.err


def test_a_missing_peer_ends_with_status_one(capsys):
    assert (
        command.main(lambda _: [Result("job", 1.0, "x/s", "peer", None, "not measured: why")], "about", [])
        == 1
    )
    assert "not measured: why" in capsys.readouterr().out


def test_the_machine_is_named():
    line = machine_line()
    assert "cores" in line
    assert "load" in line
    assert "Python 3" in line


def test_a_standing_without_a_turn_says_so():
    assert take_turns({"a": scripted()}, 0) == {"a": Standing(None, problem="it took no turn")}
