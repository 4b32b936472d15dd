const NAMES: Record<string, string> = {
  bilstm: "BiLSTM",
  lstm: "LSTM",
  gru: "GRU",
  tcn: "TCN",
  xgboost: "XGBoost",
  lightgbm: "LightGBM",
  catboost: "CatBoost",
};

/** `gradient_boosting` as `Gradient boosting`; names that have their own spelling keep it. */
export function words(name: string): string {
  const own = NAMES[name];
  if (own !== undefined) return own;
  const text = name.replaceAll("_", " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const CLASSES: Record<string, string> = {
  crypto: "Crypto",
  equity: "Stocks",
  etf: "Funds",
  fx: "Foreign exchange",
  index: "Indices",
};

/** An asset class as people call it. */
export function assetClass(name: string): string {
  return CLASSES[name] ?? words(name);
}
