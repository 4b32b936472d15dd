"""The built page in a real browser, over a real server, while the journal grows."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from loopback import running
from session_story import INSTRUMENTS, START_NS, make_bar, opening, story, write

from tradewind.core.journal_ports import OwnedJournal
from tradewind.journal.opening import open_names, open_writer
from tradewind.api.app import create_app
from tradewind.api.page import BUILT_PAGE
from tradewind.core.decisions import AccountMarked, BreakerRearmed
from tradewind.core.timestamps import NS_PER_HOUR
from tradewind.journal.inbox import Inbox

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LATER = START_NS + 500 * NS_PER_HOUR


@pytest.fixture(scope="module")
def browser() -> Iterator:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"there is no browser at {CHROMIUM}")
    if not (BUILT_PAGE / "index.html").is_file():
        pytest.skip("the page is not built: run npm ci && npm run build in web/")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser) -> Iterator:
    """A page whose console and errors must stay silent."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    loud: list[str] = []
    opened.on("pageerror", lambda error: loud.append(str(error)))
    opened.on(
        "console", lambda line: loud.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield opened
    context.close()
    assert loud == []


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[OwnedJournal]:
    with open_writer(tmp_path / "session.journal") as made:
        write(made, story(48, 11, ended=False))
        yield made


@pytest.fixture
def app(journal, tmp_path: Path):
    return create_app(
        journal.path, health=lambda: {"status": "ok"}, takes_commands=True, poll_s=0.02
    )


def region(page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def test_the_page_changes_with_the_journal_without_a_reload(page, app, journal) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_text("Live", exact=True).wait_for()
        page.evaluate("window.stayed = true")
        aapl = region(page, "Market").get_by_role("row", name="AAPL.SIM")
        assert "321.50" not in aapl.inner_text()
        mark = AccountMarked(
            ts_event=LATER, equity_e8=1_234_567_89 * 10**6, cash_e8=0, gross_e8=0, net_e8=0, drawdown_pct=0.0
        )
        write(journal, [(make_bar(INSTRUMENTS[3], 321.5, LATER), True), (mark, False)])
        aapl.get_by_text("321.50").wait_for()
        region(page, "Account").get_by_text("1,234,567.89").wait_for()
        assert page.evaluate("window.stayed") is True


def test_it_says_what_a_reader_must_know_first(page, app) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_text("No figure on this page says anything about a real market.").wait_for()
        page.get_by_text("Momentum trades although the gate refused it.").wait_for()
        models = region(page, "Models")
        assert models.get_by_text("✓accepted").count() == 2
        assert models.get_by_text("✕refused").count() == 2
        models.get_by_text("Why it was refused").click()
        models.get_by_text("Deflated Sharpe 0.41 is below 0.95.").wait_for()


def test_a_decision_opens_by_keyboard_and_an_order_explains_itself(page, app) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        first = region(page, "Decisions").get_by_role("button", expanded=False).first
        first.focus()
        page.keyboard.press("Enter")
        region(page, "Decisions").get_by_role("heading", name="Filters").wait_for()
        region(page, "Orders").get_by_role("button", name="Explain order").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text("What the models said").wait_for()
        page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")


def test_a_lost_server_is_said_and_the_page_resumes(page, app, journal) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_text("Live", exact=True).wait_for()
        page.evaluate("window.stayed = true")
        page.evaluate(
            """() => { window.asked = []; const Real = WebSocket;
            window.WebSocket = class extends Real { constructor(url, ...rest) { super(url, ...rest);
            window.asked.push(url); } }; }"""
        )
        known = journal.next_seq - 1
        page.context.set_offline(True)
        # Offline cuts new connections only: end the one there is from the server's side.
        port = int(address.rpartition(":")[2])
    page.get_by_text("Reconnecting").wait_for()
    assert region(page, "Positions").get_by_role("row").count() > 1  # what was known stays
    write(journal, [(make_bar(INSTRUMENTS[3], 321.5, LATER), True)])
    with running(create_app(journal.path, health=dict, poll_s=0.02), port):
        page.context.set_offline(False)
        region(page, "Market").get_by_text("321.50").wait_for()
        page.get_by_text("Live", exact=True).wait_for()
        assert page.evaluate("window.stayed") is True
        assert f"since={known}" in page.evaluate("window.asked.at(-1)")


def test_a_breaker_is_armed_again_through_the_inbox(page, app, journal, tmp_path) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        breakers = region(page, "Breakers")
        breakers.get_by_role("button", name="Arm again").click()
        breakers.get_by_text("The command is on its way.").wait_for()
        inbox = Inbox(tmp_path / "session.inbox")
        assert [(one.verb, one.argument) for _, one in inbox.take()] == [("rearm", "losing_streak:SOL/USDT.SIM")]
        inbox.close()
        armed = BreakerRearmed(
            ts_event=LATER, breaker="losing_streak", scope="instrument", scope_key="SOL/USDT.SIM", by="person"
        )
        write(journal, [(armed, False)])
        breakers.get_by_text("all armed").wait_for()


def test_the_kill_switch_asks_before_it_kills(page, app, tmp_path) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_role("button", name="Kill switch").click()
        page.get_by_role("radio", name="Liquidate").check()
        page.get_by_role("dialog").get_by_label("Your name").fill("Ada Lovelace")
        page.get_by_role("button", name="Liquidate now").click()
        page.get_by_text("The command is on its way.").wait_for()
        inbox = Inbox(tmp_path / "session.inbox")
        ((_, given),) = inbox.take()
        assert (given.verb, given.argument) == ("kill", "liquidate")
        inbox.close()
        with closing(open_names(tmp_path / "session.journal")) as names:
            assert given.operator is not None
            assert names.name(given.operator) == "Ada Lovelace"


def test_a_token_is_asked_for_where_it_is_needed(page, journal, tmp_path) -> None:
    app = create_app(
        journal.path, health=dict, takes_commands=True, token="a-Secret_token-of-25-chars", poll_s=0.02
    )
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_label("Token of this server").fill("a-Secret_token-of-25-chars")
        page.get_by_role("button", name="Use it").click()
        page.get_by_role("button", name="Kill switch").click()
        page.get_by_role("button", name="Freeze now").click()
        page.get_by_text("The command is on its way.").wait_for()


def test_an_empty_session_says_what_will_come(page, tmp_path) -> None:
    app = create_app(tmp_path / "later.journal", health=dict, poll_s=0.02)
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_role("heading", name="No session yet").wait_for(timeout=15_000)
        with open_writer(tmp_path / "later.journal") as journal:
            write(journal, opening())
            page.get_by_text("Nothing is held.").wait_for()
            page.get_by_text("No order yet.").wait_for()
            page.get_by_text("All breakers are armed").wait_for()


def test_a_chosen_instrument_shows_its_bars_and_what_was_traded_on_them(page, app) -> None:
    with running(app) as address:
        page.goto(f"http://{address}/")
        prices = region(page, "Price, entries and exits")
        prices.get_by_label("Instrument of the chart").select_option("NVDA.SIM")
        said = prices.get_by_text("NVDA.SIM, 48 bars of 1h, 2 Mar 2026 to 4 Mar 2026")
        said.wait_for()
        assert "entries (arrows)" in said.inner_text()
        prices.locator("canvas").first.wait_for()
        region(page, "Closed trades").get_by_text("2026").first.wait_for()
        assert region(page, "Profit by symbol").get_by_role("row").count() > 1


def test_another_session_is_chosen_looked_at_and_not_commanded(page, tmp_path) -> None:
    journals = tmp_path / "journals"
    journals.mkdir()
    for name, events in (("older", story(12, 5)), ("served", story(6, 11, ended=False))):
        with open_writer(journals / f"{name}.journal") as made:
            write(made, events)
    app = create_app(journals / "served.journal", health=dict, home=tmp_path, takes_commands=True, poll_s=0.02)
    with running(app) as address:
        page.goto(f"http://{address}/")
        page.get_by_role("button", name="Kill switch").wait_for()
        page.get_by_role("button", name="Session").click()
        page.get_by_role("dialog").get_by_role("button", name="older").click()
        page.get_by_text("This server follows a different one").wait_for()
        page.get_by_text("The session has ended", exact=True).wait_for()
        assert page.get_by_role("button", name="Kill switch").count() == 0
        assert page.url.endswith("?session=older")
        page.reload()
        page.get_by_text("This server follows a different one").wait_for()
        page.go_back()
        page.get_by_role("button", name="Kill switch").wait_for()


@pytest.mark.parametrize("width", [320, 390, 768, 1440, 2200])
def test_no_width_scrolls_sideways(page, app, width: int) -> None:
    with running(app) as address:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"http://{address}/")
        region(page, "Orders").wait_for()
        region(page, "Equity and drawdown").wait_for()  # comes last, and is as wide as the rest
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page, app, scheme: str) -> None:
    """Every text has at least the contrast that WCAG 2.2 AA asks of small text (4.5 to 1)."""
    with running(app) as address:
        page.emulate_media(color_scheme=scheme)
        page.goto(f"http://{address}/")
        region(page, "Orders").wait_for()
        page.wait_for_timeout(300)
        weak = page.evaluate((Path(__file__).parent / "contrast.js").read_text())
        assert weak == []
