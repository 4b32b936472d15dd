"""One contract for all providers that list their instruments: each row by its own word, or named as left out.

It runs over the registry, before a real HTTP server on loopback. What a vendor lists is in ``LISTS`` of its
module ``NAME_answers.py``, written from recordings or documentation.
"""

import importlib.util
import json
from dataclasses import replace
from inspect import signature
from pathlib import Path
from random import Random

import pytest
from misbehaving_site import StandingClock, open_site
from recorded import alpaca_mocks, archived
from vendor_answers import SaidTerms, js

from tradewind.core.errors import DataError, MalformedPayloadError, NetworkError, RateLimitedError
from tradewind.core.instruments import AssetClass, require_built
from tradewind.core.ports import InstrumentLister
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.registry import PROVIDERS
from tradewind.data.vendors.alpaca.assets import decode_assets
from tradewind.data.vendors.binance.exchange_info import decode_instrument, decode_listing

pytestmark = pytest.mark.services

BTC = SaidTerms()
COINS = [SaidTerms(base=f"C{number}", quote=quote) for number in range(40) for quote in ("USD", "EUR")]


def listing_providers():
    entries = [entry for entry in PROVIDERS.entries() if not entry.outside]
    return [entry.name for entry in entries if hasattr(entry.plugin, "list_instruments")]


@pytest.fixture(params=listing_providers())
def name(request):
    return request.param


@pytest.fixture
def vendor(name):
    path = Path(__file__).parent / f"{name}_answers.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "LISTS"):
        pytest.fail(f"The provider {name!r} lists instruments: write LISTS in {path.name}.")
    return module.LISTS


@pytest.fixture
def trial(name, vendor, tmp_path):
    """A provider before a site of its vendor, which lists ``rows`` or says whatever ``say`` is."""

    class Trial:
        rows = (BTC,)
        say = None

        def reply(self, asked):
            if asked.path != vendor.path:  # one of them, by its name
                return js(vendor.whole([vendor.row(BTC)]) if name == "binance" else vendor.row(BTC))
            rows = [vendor.row(one) if isinstance(one, SaidTerms) else one for one in self.rows]
            return self.say if self.say is not None else js(vendor.whole(rows))

        def ask(self, *rows, group="crypto"):
            self.rows = rows or self.rows
            return self.provider.list_instruments(group)

    made = Trial()
    made.clock = StandingClock(1_709_251_200_000_000_000)
    factory = PROVIDERS.get(name)
    takes = signature(factory).parameters
    retry = RetrySettings(attempts=2, first_s=0.1, cap_s=0.1, longest_s=90.0)
    with open_site(made.reply) as site:
        made.site = site
        more = {word: Secret("k3y") for word in ("api_key", "api_secret") if word in takes}
        more |= {"trading_urls": [site.url]} if "trading_urls" in takes else {}
        made.provider = factory(
            tmp_path,
            base_url=site.url,
            settings=replace(takes["settings"].default, timeout_s=10.0, retry=retry),
            clock=made.clock,
            sleep=made.clock.sleep,
            random=Random(1),
            **more,
        )
        yield made
        made.provider.close()


# What it gives -------------------------------------------------------------------------------


def test_each_row_is_the_instrument_that_it_is_when_asked_for_by_name(trial):
    assert isinstance(trial.provider, InstrumentLister)
    found = trial.ask(BTC, *COINS)
    assert found.instruments[0] == trial.provider.instrument("BTC/USD")
    assert [one.symbol for one in found.instruments] == [f"{c.base}/{c.quote}" for c in (BTC, *COINS)]
    assert (found.left_out, found.not_traded) == ((), 0)
    for one in found.instruments:
        require_built(one)


def test_thousands_are_asked_for_in_one_request_once_a_day(trial, vendor):
    many = [SaidTerms(base=f"C{number}") for number in range(5_000)]
    assert len(trial.ask(*many).instruments) == 5_000
    assert len(trial.ask().instruments) == 5_000
    assert len(trial.site.asked) == 1
    trial.clock.now += NS_PER_DAY + 1
    assert {one.symbol for one in trial.ask(BTC, group="").instruments} == {"BTC/USD"}
    assert len(trial.site.asked) == 1 + vendor.calls


def test_of_a_class_that_it_has_not_nothing_is_asked(trial):
    assert (trial.ask(group="fx").instruments, trial.site.asked) == ((), [])


# What it leaves out --------------------------------------------------------------------------

BAD = [
    SaidTerms(base="BAD1", tick="0"),
    SaidTerms(base="BAD2", lot="-1"),
    SaidTerms(base="BAD3", minimum="NaN"),
    SaidTerms(base="BAD4", tick=7),
    SaidTerms(base="BA/D", quote="USD"),
    SaidTerms(base="", quote="USD"),
    SaidTerms(base="X" * 5_000, quote="USD"),
]
NO_ROWS = [None, 7, "x", [], {}, {"symbol": 5}]


def test_a_bad_row_is_named_and_the_others_stay(trial, vendor):
    found = trial.ask(*COINS[:5], *BAD, *NO_ROWS, *COINS[5:], SaidTerms(base="SHUT", trading=False))
    assert [one.symbol for one in found.instruments] == [f"{c.base}/{c.quote}" for c in COINS]
    assert found.not_traded == 1
    assert len(found.left_out) == len(BAD) + len(NO_ROWS)
    for one, said in zip(found.left_out, BAD[:4], strict=False):
        assert one.symbol == vendor.row(said)[vendor.symbol_field]
    assert [one.symbol for one in found.left_out][-len(NO_ROWS)] == f"row {5 + len(BAD) + 1}"
    assert all(one.why and len(one.why) < 500 and len(one.symbol) < 50 for one in found.left_out)


def test_two_words_on_one_pair_are_none_and_the_same_twice_is_one(trial):
    found = trial.ask(BTC, COINS[0], BTC, COINS[1], replace(COINS[1], tick="0.1"))
    assert [one.symbol for one in found.instruments] == ["BTC/USD", "C0/USD"]
    assert [one.symbol for one in found.left_out] == ["C0/EUR"]


def test_a_list_of_which_no_row_can_be_read_is_refused_and_not_remembered(trial):
    for rows in ([], BAD):
        trial.rows = rows
        with pytest.raises(MalformedPayloadError, match="is an instrument"):
            trial.ask()
    assert len(trial.ask(BTC).instruments) == 1


# Its server ----------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'"x"', b"7", b"<html>", b'{"symbols": {}}', b"[[1]"])
def test_an_answer_of_another_shape_is_a_typed_error(trial, body):
    trial.say = (200, {"Content-Type": "application/json"}, body)
    with pytest.raises(DataError):
        trial.ask()


@pytest.mark.parametrize(
    ("reply", "error"),
    [((429, {"Retry-After": "1000"}, b"slow down"), RateLimitedError), ((500, {}, b"oops"), NetworkError)],
)
def test_a_server_that_fails_is_named(trial, reply, error):
    trial.say = reply
    with pytest.raises(error):
        trial.ask()


def test_a_list_that_breaks_off_is_asked_for_again_whole(trial):
    trial.site.cut = 1
    assert len(trial.ask(*COINS).instruments) == len(COINS)
    assert len(trial.site.asked) == 2


# As recorded ---------------------------------------------------------------------------------


def test_what_binance_listed_as_recorded(shared_data):
    ending = "http_responses/http_spot_market_exchange_info.json"
    body = archived(shared_data, "nautilus_adapter_payloads.tar.xz", ending)
    found = decode_listing(body)
    rows = json.loads(body)["symbols"]
    assert len(found.instruments) + len(found.left_out) + found.not_traded == len(rows)
    for one in found.instruments:
        assert decode_instrument(body, one.symbol, one.symbol.replace("/", "")) == one


def test_stocks_as_recorded_with_one_that_is_listed_elsewhere(shared_data):
    (said,) = [one["body"] for one in alpaca_mocks(shared_data) if one["test"].endswith("::test_get_asset")]
    rows = [
        said,
        said | {"symbol": "BRK.B", "exchange": "NYSE"},
        said | {"symbol": "ABCDF", "exchange": "OTC"},
    ]
    rows += [said | {"symbol": "A APL"}, said | {"symbol": "AAPL\n"}]
    found = decode_assets(json.dumps(rows).encode())
    assert [one.id for one in found.instruments] == ["AAPL.XNAS", "BRK.B.XNYS"]
    assert {one.asset_class for one in found.instruments} == {AssetClass.EQUITY}
    assert (found.left_out, found.not_traded) == ((), 3)


def test_a_part_of_coinbases_list_is_no_list(trial, name, vendor):
    if name != "coinbase":
        return  # the others have no pages
    trial.say = js(vendor.whole([vendor.row(BTC)]) | {"pagination": {"has_next": True}})
    with pytest.raises(MalformedPayloadError, match="first 1 of its products"):
        trial.ask()
