"""Keys are masked wherever values and addresses are shown, and nothing else is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.redaction import is_secret, redact_message, redact_url, redact_value
from tradewind.core.settings import shortened

KEY = "k3y-4nd-m0re"


@pytest.mark.parametrize(
    "text",
    [
        f"wss://stream.example/ws?apikey={KEY}",
        f"ray://joe:{KEY}@10.0.0.1:10001",
        f"The address 'https://example.org/a?x=1&token={KEY}&y=2' is not known.",
        f"postgres://u:{KEY}@host/db and https://h/?secret={KEY}",
        f"http://[{KEY}",
    ],
)
def test_a_key_in_an_address_is_masked(text):
    assert KEY not in redact_message(text, {})
    assert KEY not in shortened(text, 500)


def test_what_stands_under_a_secret_name_is_masked_at_any_depth():
    given = {"a": [{"api_key": KEY, "rate": 2}], "broker_token": KEY, "seed": 7}
    assert redact_value(given) == {"a": [{"api_key": "***", "rate": 2}], "broker_token": "***", "seed": 7}
    assert KEY not in shortened(given, 500)


def test_values_of_secret_variables_are_masked_wherever_they_stand():
    variables = {"TRADEWIND_API_TOKEN": KEY, "HOME": "/root", "SHORT_KEY": "abc"}
    said = redact_message(f"abc: /root/{KEY} is refused", variables)
    assert said == "abc: /root/*** is refused"


@given(st.text(st.characters(exclude_characters=":/")))
def test_a_text_without_an_address_stays_as_it_is(text):
    assert redact_message(text, {}) == text


def test_names_of_secrets():
    assert all(map(is_secret, ("key", "API_KEY", "TRADEWIND_API_TOKEN", "db_password", "Client_Secret")))
    assert not any(map(is_secret, ("keyboard", "seed", "monkey", "tokens_a_day", "symbols")))


def test_where_a_source_goes_on_is_no_secret_and_tells_pages_apart():
    pages = [f"https://prices.example/bars?page_token={page}&api_key={KEY}" for page in ("b64", "c65")]
    shown = [redact_url(page) for page in pages]
    assert shown[0] != shown[1]
    assert not any(KEY in one for one in shown)
