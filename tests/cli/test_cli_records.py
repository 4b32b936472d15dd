"""``orders``, ``explain`` and ``audit`` read a journal and nothing else."""

import os
import shutil
import sqlite3
from contextlib import closing

import msgspec
import pytest
from session_story import story, write

from tradewind.app.session.operators import seal_operator
from tradewind.core.decisions import AccountMarked, OrderRefused, OrderRequested
from tradewind.core.orders import OrderFilled
from tradewind.journal.export import export_journal
from tradewind.journal.files import files_of, keys_path
from tradewind.journal.opening import open_reader, open_writer


@pytest.fixture(scope="module")
def told(journal):
    """What the journal holds, counted without any view."""
    with open_reader(journal) as reader:
        kinds = (OrderRequested, OrderRefused, OrderFilled)
        return {kind.__name__: [record.event for record in reader.read_kind(kind)] for kind in kinds}


def test_orders_are_all_there_newest_first(tw, journal, told):
    said = tw("orders", "--journal", journal, "--limit", "1000", "--json").json()
    sent = [event.order.client_order_id for event in told["OrderRequested"]]
    assert [row["client_order_id"] for row in said["orders"]] == sent[::-1]
    assert (said["sent"], said["refused"]) == (len(sent), len(told["OrderRefused"]))
    assert len(said["refusals"]) == len(told["OrderRefused"])


def test_orders_of_one_symbol_are_not_pushed_out_by_others(tw, journal, told):
    wanted = [
        e.order.client_order_id for e in told["OrderRequested"] if e.order.instrument_id == "BTC/USDT.SIM"
    ]
    said = tw("orders", "--journal", journal, "--symbol", "btcusdt", "--limit", "2", "--json").json()
    assert wanted
    assert [row["client_order_id"] for row in said["orders"]] == wanted[::-1][:2]


def test_orders_fills_and_refusals_as_tables(tw, journal, told):
    order = told["OrderRequested"][-1].order.client_order_id
    done = tw("orders", "--journal", journal)
    assert order in done.out
    assert f"{len(told['OrderRequested'])} orders sent" in done.err
    assert told["OrderFilled"][-1].client_order_id in tw("orders", "--fills", "--journal", journal).out
    assert told["OrderRefused"][-1].refusal.rule in tw("orders", "--refused", "--journal", journal).out


def test_positions_are_those_of_the_last_mark_and_say_that_nothing_protects_them(tw, journal):
    with open_reader(journal) as reader:
        marked = next(reader.read_kind(AccountMarked, newest_first=True)).event
        stops = [one.event for one in reader.read_kind(OrderRequested) if one.event.order.stop_price_ticks]
    said = tw("positions", "--journal", journal, "--json").json()
    assert not stops
    assert marked.positions
    assert {row["instrument_id"] for row in said["positions"]} == set(marked.positions)
    assert {row["protection"] for row in said["positions"]} <= {"nothing"}
    assert said["summary"].startswith(f"0 of {len(said['positions'])} open positions")
    assert said["session_id"] in tw("positions", "--journal", journal).err


def test_the_newest_journal_of_the_home_is_taken(tw, journal, tmp_path):
    export_journal(journal, tmp_path / "journals")
    said = tw("orders", "--home", tmp_path, "--json").json()
    assert said["sent"] == tw("orders", "--journal", journal, "--json").json()["sent"]


DEFAULTS_TO_NEWEST = [
    ("orders",),
    ("explain",),
    ("risk",),
    ("report",),
    ("audit", "verify"),
    ("audit", "anchor"),
    ("audit", "people"),
    ("journal", "files"),
]


@pytest.fixture(scope="module")
def two_sessions(journal, tmp_path_factory):
    """A home with an older session, and ``told``."""
    home = tmp_path_factory.mktemp("two")
    older = export_journal(journal, home / "journals").journal
    for file in files_of(older):
        if file.path.exists():
            file.path.rename(file.path.with_name(file.path.name.replace("told", "older")))
            os.utime(file.path.with_name(file.path.name.replace("told", "older")), (1, 1))
    export_journal(journal, home / "journals")
    return home


@pytest.mark.parametrize("verb", DEFAULTS_TO_NEWEST, ids=" ".join)
def test_a_verb_that_takes_the_newest_session_says_which_that_is(tw, two_sessions, verb):
    """Which is the newest changes with every session that is begun."""
    done = tw(*verb, "--home", two_sessions)
    assert done.code == 0, done.err
    assert f"Session told, the newest of 2 in {two_sessions / 'journals'}." in done.err.splitlines()
    named = tw(*verb, *(["--journal"] * (len(verb) == 1)), "told", "--home", two_sessions)
    assert "the newest" not in named.err
    told = tw(*verb, "--home", two_sessions, "--json")
    assert told.json()["journal"] == str(two_sessions / "journals" / "told.journal")
    assert "the newest" not in told.err


@pytest.mark.parametrize("verb", ["risk", "report"])
def test_two_journals_for_one_verb_are_refused(tw, two_sessions, verb):
    done = tw(verb, "told", "--journal", "older", "--home", two_sessions)
    assert done.code == 2
    assert "told, and older by --journal" in done.one_error()


def test_an_explanation_names_its_session(tw, journal):
    said = tw("explain", "--journal", journal, "--json").json()
    orders = tw("orders", "--journal", journal, "--json").json()
    assert said["session_id"] == orders["session_id"] != ""


def test_a_journal_is_named_by_its_session_as_well_as_by_its_file(tw, journal, tmp_path):
    copy = export_journal(journal, tmp_path / "journals").journal
    sent = tw("orders", "--journal", journal, "--json").json()["sent"]
    assert tw("orders", "--journal", copy.stem, "--home", tmp_path, "--json").json()["sent"] == sent
    assert str(copy) in tw("audit", "verify", copy.stem, "--home", tmp_path).out
    seal_operator(copy, "ada")
    assert tw("audit", "people", copy.stem, "--home", tmp_path).out == "ada\n"
    done = tw("audit", "erase", "ada", "--journal", copy.stem, "--home", tmp_path, "--yes")
    assert done.code == 0
    unknown = tw("orders", "--journal", "none", "--home", tmp_path)
    assert (unknown.code, "none.journal" in unknown.one_error()) == (6, True)


def test_explain_an_order(tw, journal, told):
    order = told["OrderFilled"][-1].client_order_id
    done = tw("explain", order, "--journal", journal)
    assert done.out.startswith(f"Why order {order} exists\n")
    said = tw("explain", order, "--journal", journal, "--json").json()
    assert said["client_order_id"] == order
    assert len(said["steps"]) >= 3


def test_explain_without_an_order_tells_the_closest_refusal(tw, journal):
    said = tw("explain", "--journal", journal, "--json").json()
    assert said["title"].startswith("The refusal nearest to an order")
    one = tw("explain", "--symbol", "AAPL", "--journal", journal, "--json").json()
    assert one["instrument_id"] == "AAPL.SIM"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("explain", "none-such"), 6, "holds no order 'none-such'"),
        (("explain", "--symbol", "ZZZ"), 3, "'ZZZ'"),
        (("orders", "--symbol", "ZZZ"), 3, "'ZZZ'"),
        (("orders", "--limit", "0"), 2, "'--limit'"),
    ],
)
def test_what_is_not_there_is_named(tw, journal, words, code, said):
    done = tw(*words, "--journal", journal)
    assert done.code == code
    assert said in done.one_error()


def test_verify_tells_records_and_root(tw, journal):
    said = tw("audit", "verify", journal, "--json").json()
    with open_reader(journal) as reader:
        head = list(reader.read())[-1]
    assert (said["ok"], said["records"], said["root_hash"]) == (True, head.seq, head.hash.hex())
    done = tw("audit", "verify", journal)
    assert head.hash.hex() in done.out
    assert f"{head.seq:,} records" in done.out
    assert f"Verifying: {head.seq} of {head.seq}" in done.err


def test_an_anchor_finds_a_journal_that_was_written_anew(tw, journal, tmp_path):
    kept = tw("audit", "anchor", journal).out.strip()
    assert kept == tw("audit", "anchor", journal, "--json").json()["anchor"]
    assert tw("audit", "verify", journal, "--anchor", kept, "--json").json()["anchors"] == 1
    other = kept[:-1] + ("0" if kept[-1] != "0" else "1")
    done = tw("audit", "verify", journal, "--anchor", other)
    assert (done.code, "written anew" in done.one_error()) == (6, True)
    assert tw("audit", "verify", journal, "--anchor", "nonsense").code == 6


def test_a_record_taken_out_is_named(tw, journal, tmp_path):
    copy = export_journal(journal, tmp_path).journal
    with sqlite3.connect(copy) as file:
        causes, bodies, hashes = msgspec.msgpack.decode(
            file.execute("SELECT packed FROM commits WHERE first = 1").fetchone()[0]
        )
        del bodies[39], causes[39]
        packed = msgspec.msgpack.encode((causes, bodies, hashes[: 39 * 32] + hashes[40 * 32 :]))
        file.execute("UPDATE commits SET packed = ?, last = last - 1 WHERE first = 1", (packed,))
    file.close()
    done = tw("audit", "verify", copy)
    assert (done.code, "Record 40 was changed" in done.one_error()) == (6, True)


def test_a_person_is_listed_and_erased_from_every_session(tw, journal, tmp_path):
    copies = [export_journal(journal, tmp_path / "journals").journal]
    copies.append(copies[0].with_name("second.journal"))
    for file in copies[0].parent.glob(f"{copies[0].stem}.*"):
        shutil.copy(file, file.with_name(file.name.replace(copies[0].stem, "second", 1)))
    for path in copies:
        seal_operator(path, "ada lovelace")
    seal_operator(copies[1], "grace")
    assert tw("audit", "people", copies[1]).out == "ada lovelace\ngrace\n"
    assert tw("audit", "people", journal, "--json").json()["people"] == []
    assert not keys_path(journal).exists()
    asked = tw("audit", "erase", "ada lovelace", "--home", tmp_path)
    assert (asked.code, "--yes" in asked.one_error()) == (2, True)
    assert tw("audit", "people", copies[0]).out == "ada lovelace\n"
    done = tw("audit", "erase", "ada lovelace", "--home", tmp_path, "--yes", "--json")
    assert done.json()["journals"] == sorted(map(str, copies))
    assert tw("audit", "people", copies[1]).out == "grace\n"
    for path in copies:
        assert tw("audit", "verify", path).code == 0
    assert not [file for file in copies[0].parent.iterdir() if b"lovelace" in file.read_bytes()]
    copies[1].unlink()
    assert tw("audit", "erase", "grace", "--home", tmp_path, "--yes").code == 0, "the key ring alone is left"
    assert not [file for file in copies[0].parent.iterdir() if b"grace" in file.read_bytes()]
    unknown = tw("audit", "erase", "nobody", "--home", tmp_path, "--yes")
    assert (unknown.code, "'nobody'" in unknown.one_error()) == (6, True)
    assert tw("audit", "people", tmp_path / "none.journal").code == 6


def test_people_are_listed_from_a_key_ring_that_may_not_be_written(tw, journal, tmp_path):
    path = export_journal(journal, tmp_path / "journals").journal
    seal_operator(path, "ada lovelace")
    ring = keys_path(path)
    ring.chmod(0o400)
    before = ring.read_bytes(), ring.stat()
    assert tw("audit", "people", path).out == "ada lovelace\n"
    after = ring.read_bytes(), ring.stat()
    assert (after[0], after[1].st_mode, after[1].st_mtime_ns) == (
        before[0],
        before[1].st_mode,
        before[1].st_mtime_ns,
    )
    ring.chmod(0o600)
    ring.write_bytes(path.read_bytes())
    assert "not a key ring" in tw("audit", "people", path).one_error()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("DELETE FROM kinds WHERE kind = 'order_filled' AND first = (SELECT max(first) FROM kinds WHERE"
         " kind = 'order_filled')", "kinds"),
        ("DELETE FROM keys WHERE (key, first) = (SELECT key, first FROM keys ORDER BY key LIMIT 1)", "keys"),
        ("INSERT INTO kinds VALUES ('order_filled', (SELECT min(first) FROM commits))", "kinds"),
    ],
)  # fmt: skip
def test_an_index_that_hides_records_is_said_by_whoever_reads_by_it(tw, tmp_path, statement, index):
    path = tmp_path / "told.journal"
    with open_writer(path) as made:
        events = list(story(20, 11))
        for start in range(0, len(events), 40):
            write(made, events[start : start + 40])
    with closing(sqlite3.connect(path)) as file, file:
        assert file.execute(statement).rowcount == 1
    assert tw("orders", "--journal", path, "--json").code == 6
    for words in (("orders",), ("explain",), ("risk",)):
        done = tw(*words, "--journal", path)
        assert done.code == 6, words
        assert f"index of {index}" in done.one_error()
        assert "journal export" in done.err
    assert tw("audit", "verify", path).code == 6


def test_a_journal_that_holds_another_session_than_its_name_says_so(tw, journal, tmp_path):
    path = export_journal(journal, tmp_path / "journals").journal
    for file in path.parent.glob(f"{path.stem}.*"):
        file.rename(file.with_name(file.name.replace(path.stem, "a", 1)))
    said = "a.journal holds the session paper-2026-03-02, not a."
    for words in (("orders",), ("explain",), ("risk",), ("orders", "--json")):
        done = tw(*words, "--journal", "a", "--home", tmp_path)
        assert done.code == 0, done.err
        assert said in " ".join(done.err.split())
    for words in (("replay", "a"), ("paper", "--name", "a")):
        done = tw(*words, "--home", tmp_path)
        assert done.code == 6, words
        assert "holds the session 'paper-2026-03-02', not 'a'" in done.one_error()


def test_no_journal_says_how_to_make_one(tw, tmp_path):
    done = tw("audit", "verify", "--home", tmp_path)
    assert (done.code, "tradewind paper" in done.one_error()) == (6, True)


def test_the_files_of_a_journal_are_named_and_copied_whole(tw, journal, tmp_path):
    listed = tw("journal", "files", journal)
    assert "told.journal.mark" in listed.out
    records = tw("audit", "verify", journal, "--json").json()["records"]
    assert f"{records:,} records" in listed.err
    said = tw("journal", "export", journal, tmp_path / "journals", "--json").json()
    assert (said["records"], said["notes"]) == (records, [])
    assert tw("audit", "verify", said["journal"]).code == 0
    by_name = tw("journal", "files", "told", "--home", tmp_path, "--json").json()
    assert (by_name["records"], by_name["root_hash"]) == (records, said["root_hash"])


def test_a_journal_copied_alone_is_refused_by_every_verb_and_taken_where_that_is_asked(tw, journal, tmp_path):
    alone = tmp_path / "alone.journal"
    alone.write_bytes(journal.read_bytes())
    for words in (
        ("audit", "verify", alone),
        ("journal", "files", alone),
        ("journal", "export", alone, tmp_path / "x"),
        ("orders", "--journal", alone),
    ):
        done = tw(*words)
        assert (done.code, "alone.journal.mark" in done.err) == (6, True)
    done = tw("journal", "export", alone, tmp_path / "copy", "--accept-loss")
    assert (done.code, "mark was missing" in done.out) == (0, True)
    assert tw("audit", "verify", tmp_path / "copy" / "alone.journal").code == 0


def test_transaction_costs_of_a_journal(tw, journal, tmp_path):
    page = tmp_path / "costs.html"
    said = tw("tca", "--journal", journal, "--to", page, "--json").json()
    assert said["total"]["orders"] == len(said["orders"]) > 0
    assert said["total"]["shortfall_e8"] == sum(said["total"]["parts"].values())
    assert page.is_file()
    assert page.with_suffix(".json").is_file()
    assert "opportunity" in tw("tca", "--journal", journal, "--to", page, "--by", "venue").out
    assert "average" in tw("tca", "--journal", journal, "--to", page, "--by", "order").out
    assert "moon" in tw("tca", "--journal", journal, "--by", "moon").err
    assert "whole numbers" in tw("tca", "--journal", journal, "--after", "1,x").err


def test_an_order_is_routed_over_the_books_of_a_file(tw, tmp_path):
    books = tmp_path / "books.yaml"
    books.write_text(
        'tick: "0.01"\nlot: "0.1"\nvenues:\n'
        "  NEAR: {book: [[10.00, 1.0], [10.10, 5.0]], taker_bps: 0}\n"
        "  DEAR: {book: [[9.99, 2.0]], taker_bps: 50}\n"
    )
    said = tw("route", books, "--side", "buy", "--quantity", "2.5", "--json").json()
    assert [(leg["venue"], leg["quantity"], leg["limit"]) for leg in said["legs"]] == [
        ("NEAR", "1.0", "10.00"),
        ("DEAR", "1.5", "9.99"),
    ]
    assert said["price"] == pytest.approx((10.0 + 1.5 * 9.99 * 1.005) / 2.5)
    assert "NEAR" in tw("route", books, "--side", "buy", "--quantity", "1").out
    assert tw("route", books, "--side", "by", "--quantity", "1").code != 0
    assert tw("route", books, "--side", "buy", "--quantity", "1.55").code != 0
