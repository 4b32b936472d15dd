"""What the time of a fill says, in one sentence for every table, chart and page."""

FILL_TIMES = (
    "A fill inside a bar bears the time of the bar's close, when it was known; a market order fills at that "
    "bar's open."
)
"""Of bars nobody knows when within them a price was reached; a fill on a quote bears the quote's own time."""
