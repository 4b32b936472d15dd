"""Side by side with peers: the same data, one driver, alternating rounds, medians.

``python -m benchmarks.NAME [--quick] [--json]`` where NAME is one of

=============== ==========================================================================
``event_loop``  a strategy through the event engine: NautilusTrader, backtrader
``factors``     indicator columns: TA-Lib, ta
``journal``     appends to the journal: sqlite3
``inference``   one row through a model: torch, scikit-learn faces
``all``         all of them
=============== ==========================================================================
"""
