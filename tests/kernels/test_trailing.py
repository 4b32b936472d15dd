"""Trailing median and mean against NumPy's, window by window."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tradewind.kernels.trailing import trailing_centre

VALUES = st.lists(
    st.one_of(st.just(float("nan")), st.floats(0.0, 10.0), st.sampled_from([0.0, 1.0])), max_size=40
)


@given(VALUES, st.integers(1, 12))
def test_each_row_sees_the_window_before_it_and_nothing_later(values: list[float], window: int) -> None:
    array = np.array(values)
    median, mean = trailing_centre(array, window)
    for row in range(len(array)):
        seen = array[max(row - window, 0) : row]
        seen = seen[~np.isnan(seen)]
        if not len(seen):
            assert np.isnan(median[row])
            assert np.isnan(mean[row])
        else:
            np.testing.assert_allclose([median[row], mean[row]], [np.median(seen), np.mean(seen)], rtol=1e-12)
