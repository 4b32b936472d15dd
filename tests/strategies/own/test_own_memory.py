"""What a strategy remembers comes back as it was, type for type, and what cannot be kept is named."""

from collections import deque
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.core.errors import ConfigError
from tradewind.strategies.own.memory import packed, unpacked

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
)
keys = st.one_of(st.integers(), st.text(max_size=5), st.tuples(st.integers(), st.text(max_size=3)))
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(keys, inner, max_size=3),
        st.frozensets(keys, max_size=3),
        st.sets(keys, max_size=3),
        st.lists(inner, max_size=3).map(lambda found: deque(found, maxlen=5)),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=6), values, max_size=4))
def test_what_is_remembered_comes_back_type_for_type(attributes: dict[str, object]) -> None:
    data = packed(attributes, "Mine")
    back = unpacked(data)
    assert repr(sorted(back.items())) == repr(sorted(attributes.items())) or back == attributes
    assert {name: type(value) for name, value in back.items()} == {
        name: type(value) for name, value in attributes.items()
    }
    assert packed(back, "Mine") == data


def test_arrays_come_back_with_shape_and_type_and_may_be_written() -> None:
    kept = {"seen": np.arange(6, dtype=np.int32).reshape(2, 3), "last": np.float32(0.5)}
    back = unpacked(packed(kept, "Mine"))
    np.testing.assert_array_equal(back["seen"], kept["seen"])
    assert back["seen"].dtype == np.int32
    assert type(back["last"]) is np.float32
    back["seen"][0, 0] = 9


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "object"),
        (open, "builtin_function_or_method"),
        ([datetime.now], "builtin_function_or_method"),
        (np.array([Decimal(1)], dtype=object), "array of objects"),
    ],
)
def test_what_cannot_be_kept_is_named(value: object, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"Mine remembers 'model'.*{said}"):
        packed({"model": value}, "Mine")
