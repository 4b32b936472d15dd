"""``tradewind plugins`` in this process: lists, tables, and files that are none."""

import pytest

from tradewind.app.session.active import REGISTRIES


def test_the_list_has_every_kind_and_says_what_is_active(tw):
    found = tw("plugins", "list", "--json").json()
    assert {row["kind"] for row in found["plugins"]} == set(REGISTRIES)
    assert found["failed"] == []
    rows = {(row["kind"], row["name"]): row for row in found["plugins"]}
    assert rows["rules", "cash"]["active"] == "yes"
    assert rows["providers", "sample"]["active"] == "yes"
    assert rows["providers", "yahoo"]["active"] == "no"
    assert rows["factors", "rsi_14"]["active"] == ""
    assert rows["rules", "cash"]["place"] == "tradewind.risk.rules.cash"
    assert rows["factors", "rsi_14"]["place"] == "tradewind.factors.momentum.oscillators"
    assert all(row["what"] for row in found["plugins"])
    assert not any(row["outside"] for row in found["plugins"])


def test_one_kind_alone_and_a_kind_that_is_none(tw):
    rows = tw("plugins", "list", "--kind", "breakers", "--json").json()["plugins"]
    assert {row["kind"] for row in rows} == {"breakers"}
    assert "drawdown" in tw("plugins", "list", "--kind", "breakers").out
    done = tw("plugins", "list", "--kind", "walls")
    assert done.code == 2
    assert "no kind of plug-ins called 'walls'. Known are: providers, streams" in done.one_error()


@pytest.mark.parametrize("name", ["nowhere.py", "page.md", "."])
def test_what_is_no_python_file_cannot_be_checked(tw, tmp_path, name):
    (tmp_path / "page.md").write_text("# page\n")
    done = tw("plugins", "check", tmp_path / name)
    assert done.code == 2
    assert "There is no Python file" in done.one_error()


def test_a_file_that_enters_nothing_does_not_hold(tw, tmp_path):
    (tmp_path / "empty.py").write_text('"""Nothing."""\n')
    done = tw("plugins", "check", tmp_path / "empty.py")
    assert done.code == 1
    assert "0 of 0 plug-ins" in done.out


def test_tables_are_written_between_their_marks_and_nowhere_else(tw, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Mine\n<!-- plug-ins: blends -->\nold\n<!-- end of plug-ins -->\nafter\n")
    assert tw("plugins", "tables", page).code == 0
    text = page.read_text()
    assert "| `mean` | Every model counts alike, whatever its weight. |" in text
    assert "old" not in text
    assert (text.startswith("# Mine\n"), text.endswith("\nafter\n")) == (True, True)
    page.write_text("<!-- plug-ins: walls -->\n<!-- end of plug-ins -->\n")
    assert "no kind of plug-ins called 'walls'" in tw("plugins", "tables", page).one_error()
    assert tw("plugins", "tables", tmp_path / "none.md").code == 2


def test_what_comes_from_outside_is_listed_with_its_file(program, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "halves.py").write_text(
        "from tradewind.ensemble.registry import BLENDS, Combined\n\n\n"
        "@BLENDS.register('halves')\ndef halves(views, settings):\n"
        '    """Half of the first."""\n    return Combined(views.edges[0] / 2, 0.5, 0.5, [1.0])\n'
    )
    (tmp_path / "my.yaml").write_text("plugins: [mine]\n")
    (row,) = program("plugins", "list", "--outside", "--config", tmp_path / "my.yaml", "--json").json()[
        "plugins"
    ]
    assert (row["name"], row["what"], row["active"]) == ("halves", "Half of the first.", "no")
    assert row["place"] == str(tmp_path / "mine" / "halves.py")
