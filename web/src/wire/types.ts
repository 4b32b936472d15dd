// The shapes that the API sends. Money and quantities are exact decimal text, times ISO UTC; a number that
// could not be had is null. `seq` is the journal record that changed a row last.

export type Num = number | null;

export interface SessionFacts {
  session_id: string;
  mode: string;
  phase: "warming_up" | "open" | "ended";
  strategies: string[];
  accounts: string[];
  base_currency: string;
  seed: number;
  started: string;
  opened: string | null;
  ended: string | null;
  end_reason: string;
  notes: string[];
  synthetic: boolean;
  instruments: number;
  factors: number;
  models: string[];
}

export interface Account {
  ts: string | null;
  equity: string;
  start_equity: string;
  profit: string;
  profit_pct: number;
  cash: string;
  gross_exposure: string;
  net_exposure: string;
  gross_pct: number;
  net_pct: number;
  drawdown_pct: number;
  max_drawdown_pct: number;
}

export interface Counters {
  bars: number;
  quotes: number;
  forecasts: number;
  forecast_failures: number;
  decisions: number;
  orders: number;
  fills: number;
  trades: number;
  refused: number;
  rejected: number;
  instrument_failures: number;
  commands: number;
}

/** `[seq, time, equity, drawdown_pct]` */
export type CurvePoint = [number, string, string, number];

export interface MarketRow {
  seq: number;
  instrument_id: string;
  asset_class: string;
  venue: string;
  quote_currency: string;
  tradable: boolean;
  price: string | null;
  previous: string | null;
  change_pct: Num;
  ts: string | null;
  call: "" | "buy" | "sell" | "hold";
  edge_bps: Num;
  confidence: Num;
  regime: string;
}

export interface ModelRow {
  seq: number;
  model: string;
  version: string;
  timeframe: string;
  horizon_bars: number;
  verdict: string;
  weight: Num;
  share: Num;
  blends: number;
  figures: Record<string, Num>;
  overridden: boolean;
  override_reason: string;
  gate_reasons: string[];
}

export interface PositionRow {
  seq: number;
  instrument_id: string;
  account: string;
  strategy: string;
  currency: string;
  quantity: string;
  open: boolean;
  average_price: string | null;
  mark_price: string | null;
  value: string;
  unrealized_pnl: string;
  unrealized_pct: Num;
  realized_pnl: string;
  income: string;
  commission: string;
  opened: string | null;
}

export interface ForecastRow {
  seq: number;
  instrument_id: string;
  model: string;
  model_version: string;
  ts: string;
  timeframe: string;
  horizon_bars: number;
  expected_return_bps: Num;
  probability_up: Num;
  confidence: Num;
  lower_bps: Num;
  upper_bps: Num;
  failed: string;
}

export interface VoteRow {
  model: string;
  version: string;
  weight: Num;
  edge_bps: Num;
  probability_up: Num;
  confidence: Num;
}

export interface VerdictRow {
  name: string;
  passed: boolean;
  value: Num;
  threshold: Num;
  hard: boolean;
  note: string;
}

export interface SizingRow {
  step: string;
  weight: Num;
}

export interface DecisionRow {
  seq: number;
  decision_id: string;
  ts: string;
  strategy: string;
  instrument_id: string;
  outcome: string;
  reason: string;
  edge_bps: Num;
  cost_bps: Num;
  probability_up: Num;
  confidence: Num;
  regime: string;
  current_quantity: string;
  target_quantity: string;
  votes: VoteRow[];
  verdicts: VerdictRow[];
  sizing: SizingRow[];
  factors: Record<string, Num>;
}

export interface FillRow {
  trade_id: string;
  ts: string;
  quantity: string;
  price: string;
  commission: string;
  slippage_bps: Num;
}

export interface OrderRow {
  seq: number;
  requested_seq: number;
  client_order_id: string;
  decision_id: string;
  venue_order_id: string;
  strategy: string;
  instrument_id: string;
  side: "buy" | "sell";
  order_type: string;
  time_in_force: string;
  reduce_only: boolean;
  quantity: string;
  limit_price: string | null;
  stop_price: string | null;
  state: string;
  reason: string;
  filled: string;
  average_price: string | null;
  commission: string;
  slippage_bps: Num;
  requested: string;
  updated: string;
  fills: FillRow[];
  fill_count: number;
}

export interface RefusalRow {
  seq: number;
  ts: string;
  client_order_id: string;
  decision_id: string;
  instrument_id: string;
  side: "buy" | "sell";
  quantity: string;
  rule: string;
  reason: string;
  figures: Record<string, Num>;
}

export interface BreakerRow {
  seq: number;
  key: string;
  breaker: string;
  scope: string;
  scope_key: string;
  state: "tripped" | "armed";
  action: string;
  value: Num;
  threshold: Num;
  reason: string;
  tripped: string;
  trips: number;
  rearm: string;
  rearmed: string | null;
  rearmed_by: string;
}

export interface FeedRow {
  seq: number;
  feed: string;
  status: string;
  detail: string;
  ts: string;
}

export interface Notice {
  seq: number;
  ts: string;
  severity: "info" | "warning" | "critical";
  kind: string;
  instrument_id: string;
  text: string;
}

export interface Kept {
  decisions: number;
  closed_orders: number;
  refusals: number;
  notices: number;
}

export interface Changes {
  kind: "snapshot" | "delta";
  since: number;
  seq: number;
  reset: boolean;
  ts: string | null;
  limits: Kept;
  session: SessionFacts | null;
  account: Account | null;
  counters: Counters;
  curve_after: number;
  curve: CurvePoint[];
  market: MarketRow[];
  models: ModelRow[];
  positions: PositionRow[];
  forecasts: ForecastRow[];
  decisions: DecisionRow[];
  open_orders: OrderRow[] | null;
  closed_orders: OrderRow[];
  refusals: RefusalRow[];
  breakers: BreakerRow[];
  feeds: FeedRow[];
  notices: Notice[];
}

export interface Heartbeat {
  kind: "heartbeat";
  seq: number;
}

export type Message = Changes | Heartbeat;

export interface ExplanationStep {
  heading: string;
  sentences: string[];
  seq: number | null;
  figures: Record<string, string | number | boolean | null>[];
}

export interface Explanation {
  title: string;
  summary: string;
  instrument_id: string;
  client_order_id: string;
  decision_id: string;
  steps: ExplanationStep[];
}

export interface SessionSummary {
  name: string;
  served: boolean;
  session_id: string;
  mode: string;
  phase: "" | "warming_up" | "open" | "ended";
  started: string | null;
  until: string | null;
  equity: string | null;
  base_currency: string;
  problem: string;
}

export interface SessionsBody {
  items: SessionSummary[];
  older: number;
}

export interface Verified {
  seq: number;
  verified: boolean;
  records: number;
  first_ts: string | null;
  last_ts: string | null;
  root_hash: string;
  detail: string;
}

export interface Problem {
  title: string;
  status: number;
  detail?: string;
  next_step?: string;
}
