"""Named sets of factors: what the sequence models take, what the demo computes, what models may learn from.

Core-30 holds raw prices, and a price has no level that it returns to: what a model learned at 100 says
nothing at 300. ``MODEL_SET`` therefore holds columns without a unit only; where Core-30 has a price-like
member, ``SCALE_FREE`` names the column that stands for it. Each is a ratio of values known at the same
bar, so nothing is fitted and nothing looks ahead.
"""

CORE_30: tuple[str, ...] = (
    "rsi",
    "rsi_fast",
    "macd",
    "macd_sig",
    "macd_hist",
    "ema12",
    "ema26",
    "ema50",
    "ema200",
    "atr",
    "atr_norm",
    "bb_hi",
    "bb_lo",
    "bb_mid",
    "bb_position",
    "obv",
    "vol_ratio",
    "vwap_20",
    "vwap_z",
    "price_to_sma20",
    "price_to_sma50",
    "stoch_k",
    "stoch_d",
    "williams_r",
    "adx",
    "cci",
    "high_low_ratio",
    "close_to_high",
    "close_to_low",
    "close",
)

SCALE_FREE: dict[str, str] = {
    "macd": "macd_norm_12_26_9",
    "macd_sig": "macd_sig_norm_12_26_9",
    "macd_hist": "macd_hist_norm_12_26_9",
    "ema12": "price_to_ema_12",
    "ema26": "price_to_ema_26",
    "ema50": "price_to_ema_50",
    "ema200": "price_to_ema_200",
    "atr": "atr_pct_14",
    "bb_hi": "price_to_bb_hi_20",
    "bb_lo": "price_to_bb_lo_20",
    "bb_mid": "bb_width_20",
    "obv": "obv_flow_20",
    "vwap_20": "price_to_vwap_20",
    "close": "ret_1",
}
"""What stands for the members of Core-30 that carry a price or a volume. The distance from the middle band
is ``price_to_sma20``, which is in the set already, so the width of the bands takes its place."""

MORE: tuple[str, ...] = (
    # momentum
    "ret_1",
    "ret_5",
    "ret_20",
    "ret_60",
    "ret_120",
    "momentum_12_1",
    "rsi_2",
    "rsi_28",
    "stoch_rsi_14",
    "cmo_sum_14",
    "trix_9",
    "ultimate_oscillator",
    "ppo_12_26",
    # trend
    "price_to_ema_12",
    "price_to_ema_26",
    "price_to_ema_50",
    "price_to_ema_200",
    "price_to_sma_200",
    "price_to_hull_20",
    "price_to_kama_10",
    "ema_cross_50_200",
    "plus_di_14",
    "minus_di_14",
    "aroon_up_25",
    "aroon_down_25",
    "linreg_slope_norm_20",
    "linreg_r2_20",
    "ichimoku_cloud",
    "price_to_super_trend",
    "efficiency_20",
    # mean reversion
    "bb_width_20",
    "price_to_bb_hi_20",
    "price_to_bb_lo_20",
    "zscore_50",
    "donchian_position_55",
    "keltner_position_20",
    "price_to_vwap_20",
    "half_life_60",
    # volatility
    "atr_pct_14",
    "realised_20",
    "realised_60",
    "parkinson_20",
    "garman_klass_20",
    "yang_zhang_20",
    "ewma_volatility",
    "volatility_of_volatility_20",
    "volatility_ratio_5_20",
    # volume
    "obv_flow_20",
    "chaikin_flow_20",
    "mfi_14",
    "force_norm_13",
    "volume_z_20",
    "volume_roc_10",
    # candles
    "candle_doji",
    "candle_hammer",
    "candle_engulfing",
    "candle_harami",
    "candle_morningstar",
    "candle_eveningstar",
    "candle_shootingstar",
    "candle_marubozu",
    # statistical
    "skew_60",
    "kurt_60",
    "autocorr_1_60",
    "variance_ratio_5_60",
    "drawdown_252",
    "permutation_entropy_60",
    "hurst_100",
    # spectral
    "cycle_period_64",
    "cycle_power_64",
    "wavelet_detail_2",
    # cross-asset and cross-sectional
    "corr_spy_60",
    "beta_spy_60",
    "relative_strength_spy_20",
    "rank_ret_20",
    "rank_realised_20",
    "across_z_rsi_14",
    # time, market sessions, regime
    "hour_sin",
    "hour_cos",
    "weekday_sin",
    "weekday_cos",
    "month_sin",
    "month_cos",
    "turn_of_month",
    "in_london",
    "in_new_york",
    "overlap_indicator",
    "regime_volatility",
    "regime_trend",
    "regime_stress",
    # macd as shares of the price
    "macd_norm_12_26_9",
    "macd_sig_norm_12_26_9",
    "macd_hist_norm_12_26_9",
)

DEMO_SET: tuple[str, ...] = (*CORE_30, *MORE)

MODEL_SET: tuple[str, ...] = (*(name for name in CORE_30 if name not in SCALE_FREE), *MORE)
"""DEMO_SET without what carries a price or a volume. Every member keeps its value when prices or volumes are
counted in another unit, which the tests measure. Distribution is left to each model's own scaler, fitted
on its training window."""
