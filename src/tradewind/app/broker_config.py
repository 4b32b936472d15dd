"""The ``session.broker`` section: whose account a live session trades, and how much of it.

Keys stand in variables and in no file, apart for paper and live accounts
(:mod:`tradewind.execution.brokers.credentials`).
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BrokerConfig(BaseModel):
    """An account at a broker outside; a session on the simulated venue takes no notice of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(default="", max_length=64, description="which broker, such as alpaca")
    account: Literal["paper", "live"] = Field(
        default="paper", description="the broker's paper account, or one with real money"
    )
    capital: float | None = Field(
        default=None,
        gt=0.0,
        le=1e10,
        description="most of the account's equity that the session may use, in its base currency; an account "
        "with real money wants one",
    )
    holdings: Literal["fence", "adopt", "refuse"] = Field(
        default="fence",
        description="what the account holds when the session begins: counted and never traded, given to the "
        "one strategy that trades it, or a reason not to begin",
    )
    timeout_s: float = Field(default=10.0, gt=0.0, le=300.0, description="of one request")
    deadline_s: float = Field(
        default=15.0, gt=0.0, le=600.0, description="after which an order without an answer is unknown"
    )
    sweep_s: float = Field(
        default=60.0, gt=0.0, le=1_000.0, description="between two questions how everything stands"
    )
    rest_url: str = Field(default="", max_length=200, description="another address than the broker's own")
    stream_url: str = Field(default="", max_length=200, description="another address of its stream")
