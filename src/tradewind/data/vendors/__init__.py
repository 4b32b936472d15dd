"""One folder (or file) a source of data: its history, its stream and what its wire looks like.

:mod:`tradewind.data.registry` imports all of them on first use.
"""
