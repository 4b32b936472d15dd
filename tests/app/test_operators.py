"""Who lets a refused model trade is in the journal, sealed: shown from there, and gone once erased."""

from contextlib import closing

from session_parts import MakePlan

from tradewind.app.session.operators import erase_person, os_user, people_of, signed
from tradewind.app.session.running import run_backtest, run_paper
from tradewind.core.events import OverrideRecorded
from tradewind.journal.opening import open_names, open_reader
from tradewind.views.session.view import SessionView


def overrides(path) -> list[OverrideRecorded]:
    with open_reader(path) as reader:
        return [r.event for r in reader.read_kind(OverrideRecorded) if isinstance(r.event, OverrideRecorded)]


def notices(path) -> str:
    with closing(open_names(path)) as names, open_reader(path) as reader:
        view = SessionView(name_of=names.name)
        view.apply_all(reader.read())
        return " ".join(notice.text for notice in view.changes().notices)


def test_an_override_says_who(make_plan: MakePlan) -> None:
    ran = run_paper(make_plan("paper"), operator="ada lovelace")
    assert overrides(ran.journal)
    assert all(event.operator is not None for event in overrides(ran.journal))
    assert b"ada lovelace" not in ran.journal.read_bytes()
    assert "By ada lovelace." in notices(ran.journal)
    erase_person("ada lovelace", [ran.journal])
    assert people_of(ran.journal) == []
    assert "By (erased)." in notices(ran.journal)


def test_a_backtest_names_nobody(make_plan: MakePlan) -> None:
    ran = run_backtest(make_plan("backtest", "backtest"))
    assert [event.operator for event in overrides(ran.journal)] == [None] * len(overrides(ran.journal))
    assert overrides(ran.journal)
    assert not ran.journal.with_suffix(".keys").exists()


def test_a_name_that_is_there_is_kept(tmp_path) -> None:
    first = OverrideRecorded(ts_event=1, model="m", reason="r")
    (ada,) = signed([first], tmp_path / "a.journal", "ada")
    assert list(signed([ada], tmp_path / "a.journal", "grace")) == [ada]
    assert list(signed([first], tmp_path / "a.journal", "")) == [first]
    assert people_of(tmp_path / "a.journal") == ["ada"]
    assert os_user()
