"""The ``redis:`` section: a server that processes share; off where no address is given.

The password is the variable ``TRADEWIND_REDIS_PASSWORD`` and stands in no file.
"""

from pydantic import BaseModel, ConfigDict, Field


class RedisConfig(BaseModel):
    """Where the server is, and what of the bus on it is heard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        default="", max_length=200, description="rediss://HOST:PORT, or redis://127.0.0.1:PORT; empty is off"
    )
    cache: bool = Field(
        default=False,
        description="keep answers of sources of history there, for all that name it",
    )
    limits: bool = Field(
        default=False,
        description="count the calls to each source there, for all that name it with one key or address",
    )
    namespace: str = Field(
        default="tradewind", min_length=1, max_length=64, description="what all keys begin with"
    )
    source: str = Field(
        default="binance",
        min_length=1,
        max_length=64,
        description="whose data the stream `redis` brings; its history fills what is missing",
    )
