"""The ``session.live`` section: which feed drives a live session, its bars, and the history before it."""

from pydantic import Field, field_validator

from tradewind.app.config_sections import Name, Names, Section
from tradewind.core.market import Timeframe


class LiveConfig(Section):
    """A session on a live feed (``session.feed: live``): which one, its bars, and the history before it."""

    stream: Name = Field(
        default="binance", description="which stream, or a history that is asked for each bar"
    )
    timeframe: str = Field(default="1m", description="of the bars that are heard and decided on")
    quotes: bool = Field(
        default=True, description="hear best bids and asks too, and fill on them; of each the newest counts"
    )
    history_bars: int = Field(
        default=2_000, ge=300, le=50_000, description="bars before the start that models learn from"
    )
    standby: Names = Field(
        default=(),
        description="sources of the same prices that are kept warm and take over, best first; a stream, or a "
        "history that is asked for each bar (the stream's own name is its history)",
    )
    url: str = Field(default="", max_length=200, description="another address of the stream")
    rest_url: str = Field(default="", max_length=200, description="another address of its history")

    @field_validator("timeframe")
    @classmethod
    def _is_a_timeframe(cls, value: str) -> str:
        if value not in tuple(Timeframe):
            message = f"bars are {', '.join(Timeframe)} long"
            raise ValueError(message)
        return value
