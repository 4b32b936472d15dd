"""One contract for all providers that describe their instruments: exact terms by their own word, or none.

It runs over the registry, before a real HTTP server on loopback. What a vendor says is in ``DESCRIBES`` of
its module ``NAME_answers.py``, written from recordings or documentation.
"""

import importlib.util
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from inspect import signature
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving_site import StandingClock, open_site
from recorded import archived
from vendor_answers import LEFT_OUT, SaidTerms, js

from tradewind.core.errors import (
    DataError,
    MalformedPayloadError,
    NetworkError,
    RateLimitedError,
    UnknownSymbolError,
)
from tradewind.core.instruments import Instrument, require_built
from tradewind.core.ports import InstrumentProvider
from tradewind.core.timestamps import NS_PER_DAY
from tradewind.data.policy.redaction import Secret
from tradewind.data.policy.retrying import RetrySettings
from tradewind.data.registry import PROVIDERS
from tradewind.data.said_terms import said_grid, said_minimum
from tradewind.data.vendors.binance.exchange_info import decode_instrument
from tradewind.data.venues import describing_venues

pytestmark = pytest.mark.services

BTC = SaidTerms()


def describing_providers():
    entries = [entry for entry in PROVIDERS.entries() if not entry.outside]
    of_network = [entry for entry in entries if "base_url" in signature(entry.plugin).parameters]
    return [entry.name for entry in of_network if hasattr(entry.plugin, "instrument")]


@pytest.fixture(params=describing_providers())
def name(request):
    return request.param


@pytest.fixture
def vendor(name):
    path = Path(__file__).parent / f"{name}_answers.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "DESCRIBES"):
        pytest.fail(f"The provider {name!r} describes instruments: write DESCRIBES in {path.name}.")
    return module.DESCRIBES


@pytest.fixture
def trial(name, vendor, tmp_path):
    """A provider before a site of its vendor, which says ``pairs`` or whatever ``say`` is."""

    class Trial:
        pairs = (BTC,)
        say = None

        def reply(self, asked):
            assert asked.path == vendor.path
            return self.say if self.say is not None else js(vendor.says(self.pairs))

        def ask(self, symbol="BTC/USD", **terms):
            if terms:
                self.pairs = (replace(BTC, **terms),)
            return self.provider.instrument(symbol)

    made = Trial()
    made.clock = StandingClock(1_709_251_200_000_000_000)
    factory = PROVIDERS.get(name)
    free = signature(factory).parameters["settings"].default
    retry = RetrySettings(attempts=2, first_s=0.1, cap_s=0.1, longest_s=90.0)
    takes = signature(factory).parameters
    with open_site(made.reply) as site:
        made.site = site
        more = {word: Secret("k3y") for word in ("api_key", "api_secret") if word in takes}
        more |= {"trading_urls": [site.url]} if "trading_urls" in takes else {}
        made.provider = factory(
            tmp_path,
            base_url=site.url,
            settings=replace(free, timeout_s=10.0, retry=retry),
            clock=made.clock,
            sleep=made.clock.sleep,
            random=Random(1),
            **more,
        )
        yield made
        made.provider.close()


# What it gives -------------------------------------------------------------------------------


def test_its_terms_are_the_exchanges_own_to_the_digit(trial, vendor):
    assert isinstance(trial.provider, InstrumentProvider)
    found = trial.ask()
    assert (found.id, found.quote_currency) == (f"BTC/USD.{vendor.venue}", "USD")
    assert (found.tick_size, found.lot_size, getattr(found, vendor.least)) == ("0.01", "0.00001", "5")
    assert (Decimal(found.minimum_quantity) > 0, found.maximum_quantity) == (True, vendor.most)
    require_built(found)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Instrument) == found


@pytest.mark.parametrize("spelt", ["btcusd", "BTC-USD", "BTC/USD"])
def test_every_spelling_is_the_same_instrument(trial, vendor, spelt):
    assert trial.ask(f"{spelt}.{vendor.venue}") == trial.ask()


def test_it_is_the_one_that_describes_its_venue(name, vendor):
    assert describing_venues()[vendor.venue] == name


def test_it_is_asked_once_a_day(trial, vendor):
    first = trial.ask()
    assert trial.ask() == first
    assert len(trial.site.asked) == 1
    trial.clock.now += NS_PER_DAY + 1
    assert getattr(trial.ask(minimum="10"), vendor.least) == "10"
    assert len(trial.site.asked) == 2


@pytest.mark.parametrize("minimum", [LEFT_OUT, "", "0", "0.00000000"])
def test_an_exchange_that_asks_nothing_has_no_minimum(trial, vendor, minimum):
    found = trial.ask(minimum=minimum)
    assert (getattr(found, vendor.least), found.minimum_notional_e8) == ("", 0)


# What it does not take -----------------------------------------------------------------------

NO_NUMBER = ["-0.01", "NaN", "sNaN", "Infinity", "-Infinity", "much", "0,01", " 0.01", "0.01 ", "1_0", "0x1"]
UNCOUNTABLE = ["1e-30", "0." + "0" * 29 + "1", "1e30", "9" * 200, "1e999999999", "1e-999999999"]
NO_TEXT = [None, 0.01, 5, True, [], {}, ["0.01"]]
HOSTILE = [*NO_NUMBER, *UNCOUNTABLE, "٠.٠١", "0.01\n", "0.01\x00", *NO_TEXT]


@pytest.mark.parametrize("term", ["tick", "lot", "minimum"])
def test_a_term_that_cannot_be_is_refused_in_few_words_and_not_remembered(trial, term):
    for value in HOSTILE if term == "minimum" else (*HOSTILE, "", "0", "0.000", "-0", LEFT_OUT):
        with pytest.raises(MalformedPayloadError) as refused:
            pytest.fail(f"{value!r} became {trial.ask(**{term: value})}")
        assert len(str(refused.value)) < 500, value
    trial.pairs = (BTC,)
    assert trial.ask().tick_size == "0.01"


def test_a_refusal_names_instrument_field_and_value(trial, vendor):
    with pytest.raises(MalformedPayloadError, match=r"BTC[-/]?USD is '-7', which is no grid"):
        trial.ask(tick="-7")
    with pytest.raises(MalformedPayloadError, match=r"BTC[-/]?USD is '-7', which is no amount"):
        trial.ask(minimum="-7")


def test_what_it_does_not_trade_now_is_refused(trial):
    with pytest.raises(UnknownSymbolError, match=r"does not trade BTC[-/]?USD"):
        trial.ask(trading=False)


def test_what_it_does_not_have_is_unknown(trial, vendor):
    trial.say = vendor.unknown
    with pytest.raises(UnknownSymbolError):
        trial.ask()


@pytest.mark.parametrize(("base", "quote"), [("ETH", "USD"), ("BTC", "EUR"), ("BTCU", "SD"), ("", "BTCUSD")])
def test_another_pair_is_no_answer(trial, base, quote):
    with pytest.raises((UnknownSymbolError, MalformedPayloadError)):
        trial.ask(base=base, quote=quote)


def test_ten_thousand_others_in_the_answer_change_nothing(trial, vendor):
    others = tuple(SaidTerms(base=f"C{number}", tick="1e-30") for number in range(10_000))
    trial.pairs = (*others, BTC)
    assert trial.ask().tick_size == "0.01"


def test_the_same_pair_twice_is_one_and_two_words_on_it_are_none(trial, vendor):
    if not vendor.lists:
        return  # it answers with one
    trial.pairs = (BTC, BTC)
    assert trial.ask().tick_size == "0.01"
    trial.clock.now += NS_PER_DAY + 1
    trial.pairs = (BTC, replace(BTC, tick="0.1"))
    with pytest.raises(MalformedPayloadError, match="several ways"):
        trial.ask()


# Its server ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'"x"', b"7", b"<html>", b'{"symbols": {}}', b"[[1]"]
)
def test_an_answer_of_another_shape_is_a_typed_error(trial, body):
    trial.say = (200, {"Content-Type": "application/json"}, body)
    with pytest.raises((DataError, UnknownSymbolError)):
        trial.ask()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((429, {"Retry-After": "1000"}, b"slow down"), RateLimitedError),
        ((500, {}, b"oops"), NetworkError),
        ((503, {}, b"oops"), NetworkError),
    ],
)
def test_a_server_that_fails_is_named(trial, reply, error):
    trial.say = reply
    with pytest.raises(error):
        trial.ask()


def test_an_answer_that_breaks_off_is_asked_for_again(trial):
    trial.site.cut = 1
    assert trial.ask().tick_size == "0.01"
    assert len(trial.site.asked) == 2


# Whatever is said ----------------------------------------------------------------------------

WORDS = st.one_of(
    st.text(alphabet="0123456789.eE+-_ naif٣", max_size=12), st.decimals().map(str), st.floats().map(str)
)


@given(WORDS)
def test_a_grid_is_the_number_that_was_said_or_an_error(text):
    try:
        grid = said_grid(text, "BTCUSD", "tickSize")
    except MalformedPayloadError:
        return
    assert Fraction(grid) == Fraction(text) > 0
    assert grid.replace(".", "").isdigit()
    assert len(grid) <= 32
    assert said_grid(grid, "BTCUSD", "tickSize") == grid


@given(WORDS)
def test_a_minimum_is_the_amount_that_was_said_none_or_an_error(text):
    try:
        least = said_minimum(text, "BTCUSD", "minNotional")
    except MalformedPayloadError:
        return
    assert Decimal(least or 0) == Decimal(text or 0)
    assert (least == "") == (Decimal(text or 0) == 0)


def test_grids_of_all_real_sizes_are_taken():
    for power in range(-18, 5):
        text = f"{Decimal(10) ** power:f}"
        assert said_grid(text, "X", "tick") == text
    assert json.loads(said_grid("0.25", "X", "tick")) == 0.25


def test_the_older_filter_of_binance_as_recorded(shared_data):
    ending = "http_responses/http_spot_market_exchange_info.json"
    body = archived(shared_data, "nautilus_adapter_payloads.tar.xz", ending)
    found = decode_instrument(body, "ETH/USDT", "ETHUSDT")
    assert (found.tick_size, found.lot_size, found.minimum_notional) == ("0.01", "0.0001", "10")
