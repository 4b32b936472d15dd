"""The one configuration: YAML, environment overrides, defaults in one place, unknown keys refused.

Secrets are never in it; they come from the environment (``TRADEWIND_API_TOKEN``, provider keys). The
settings of single rooms (limits, breakers, venue, filters) are small types of those rooms; here they are
sections by name that the wiring converts, so that a room's defaults stay in the room.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from tradewind.app.session.settings import AllocatorName, StrategyConfig, check_strategies
from tradewind.app.yaml_lines import LinedYaml, read_yaml
from tradewind.core.errors import ConfigError
from tradewind.core.timestamps import parse_ns


class Section(BaseModel):
    """A part of the configuration; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(Section):
    """A span of time: ``start`` is in, ``end`` is out."""

    start: str
    end: str

    @field_validator("start", "end")
    @classmethod
    def _is_a_time(cls, value: str) -> str:
        try:
            parse_ns(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return value

    @property
    def start_ns(self) -> int:
        """First moment inside."""
        return parse_ns(self.start)

    @property
    def end_ns(self) -> int:
        """First moment after."""
        return parse_ns(self.end)


class ResearchConfig(Section):
    """What models are trained and validated on, walk-forward."""

    symbols: tuple[str, ...] = ("AAPL", "GOOG", "IBM", "MSFT")
    window: Window = Window(start="2000-03-01", end="2013-03-02")
    horizon_bars: int = Field(default=5, ge=1, le=250)
    models: tuple[str, ...] = (
        "moving_average_momentum",
        "time_series_momentum",
        "bollinger_reversion",
        "donchian_breakout",
        "logistic",
        "random_forest",
        "xgboost",
        "lightgbm",
        "bilstm",
    )
    train: str = Field(default="3y", description="length of the rolling training window")
    validation: str = "3mo"
    test: str = "1mo"
    step: str = "1mo"
    embargo: str = "1d"
    model_parameters: dict[str, dict[str, Any]] = {}


class SessionConfig(Section):
    """What is traded, from when to when, with how much."""

    symbols: tuple[str, ...] = ("MSFT", "NVDA", "NFLX", "BTC/USD", "EUR/USD", "GBP/USD", "USD/JPY")
    gauges: tuple[str, ...] = ("VIX", "SPX")
    window: Window = Window(start="2020-01-01", end="2021-04-01")
    train_years: int = Field(default=6, ge=1, description="history before the session that models learn from")
    models: tuple[str, ...] = Field(default=(), description="models of the session; empty takes research's")
    cash: float = Field(default=100_000.0, gt=0)
    base_currency: str = "USD"
    warmup_bars: int = Field(default=400, ge=0)
    override_gate: bool = Field(
        default=False, description="trade by models that the promotion gate refused; recorded"
    )
    override_reason: str = ""
    strategies: tuple[StrategyConfig, ...] = Field(
        default=(), description="several strategies; empty trades one, `blend`, by the `decision` section"
    )
    allocator: AllocatorName = Field(default="fixed", description="how they share the equity")

    @field_validator("strategies")
    @classmethod
    def _fit_together(cls, given: tuple[StrategyConfig, ...]) -> tuple[StrategyConfig, ...]:
        check_strategies(given)
        return given


_NOTED_GAUGES: dict[str, dict[str, Any]] = {
    "vix": {"when_missing": "note"},
    "index_drop": {"when_missing": "note"},
}
"""The sample ends its VIX and indices in 2018: in later sessions that is noted in the journal instead of
blocking all stocks. Who has the gauges sets ``when_missing: block`` for them."""


class TradewindConfig(BaseSettings):
    """Everything that can be set, with its default."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="TRADEWIND_", env_nested_delimiter="__"
    )

    environment: Literal["development", "paper", "production"] = "paper"
    home: Path = Field(default=Path(".tradewind"), description="folder of store, models and journals")
    seed: int = Field(default=7, ge=0)
    compute: str = Field(default="local:2", description="serial, local, local:N, ray or ray://address")
    provider: str = "sample"
    research: ResearchConfig = ResearchConfig()
    session: SessionConfig = SessionConfig()
    risk: dict[str, dict[str, Any]] = Field(
        default=_NOTED_GAUGES, description="limits and breakers by rule name"
    )
    decision: dict[str, Any] = Field(default={}, description="blend, conditions, filters, sizing")
    planner: dict[str, Any] = Field(
        default={"no_trade_band_pct": 20.0},
        description="how targets become orders; a band keeps turnover down",
    )
    venue: dict[str, Any] = Field(default={}, description="the simulated venue")

    @field_validator("risk")
    @classmethod
    def _keep_noted_gauges(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """A section that names other rules leaves the defaults of these as they are."""
        return {
            name: {**_NOTED_GAUGES.get(name, {}), **given.get(name, {})}
            for name in {**_NOTED_GAUGES, **given}
        }

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file: an override is one variable away."""
        return env_settings, init_settings


def load_config(path: Path | None, **changes: Any) -> TradewindConfig:
    """The configuration of a YAML file (or of defaults alone), then the environment, then ``changes``.

    Raises
    ------
    ConfigError
        Names the file, the line and the key where a value is wrong, unknown or missing.
    """
    lined = read_yaml(path) if path is not None else LinedYaml("defaults and environment", {}, {})
    try:
        config = TradewindConfig(**lined.values)
        return config.model_copy(update=_validated(config, changes)) if changes else config
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        line = lined.line_of(first["loc"])
        where = f"{lined.name}, line {line}" if line else lined.name
        message = f"{where}: {key or 'the configuration'}: {first['msg']} (it is {first.get('input')!r})."
        raise ConfigError(message, "See `tradewind config schema` for what is allowed.") from error


def _validated(config: TradewindConfig, changes: dict[str, Any]) -> dict[str, Any]:
    """Changes checked by building the configuration anew with them."""
    merged = config.model_dump() | changes
    fresh = TradewindConfig.model_validate(merged)
    return {name: getattr(fresh, name) for name in changes}
