"""Makes alpaca-py ready to import; skips where it is not installed."""

import warnings

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # websockets.legacy, by alpaca-py's own import
    pytest.importorskip("alpaca.trading.stream", reason="make setup-dev installs alpaca-py")
