// Bars, fills and closed trades: what is asked for when it is looked at, and not streamed.

import type { Num } from "./types";

/** `[time, open, high, low, close, volume]` */
export type PriceBar = [string, Num, Num, Num, Num, Num];

export interface TradeMark {
  seq: number;
  ts: string;
  client_order_id: string;
  side: "buy" | "sell";
  effect: "entry" | "exit" | "reversal";
  price: string;
  quantity: string;
}

export interface BarsBody {
  seq: number;
  instrument_id: string;
  timeframe: string;
  timeframes: string[];
  bars: PriceBar[];
  marks: TradeMark[];
}

export interface ClosedTradeRow {
  instrument_id: string;
  strategy: string;
  account: string;
  side: "long" | "short";
  entered: string;
  exited: string;
  quantity: string;
  entry_price: Num;
  exit_price: Num;
  currency: string;
  profit: string;
  profit_base: string;
  profit_pct: Num;
  commission: string;
  income: string;
  cost: string;
  days: Num;
  bars: number;
  fills: number;
  worst_pct: Num;
  best_pct: Num;
}

export interface SymbolProfit {
  instrument_id: string;
  trades: number;
  wins: number;
  profit: string;
}

export interface TradesBody {
  seq: number;
  items: ClosedTradeRow[];
  by_symbol: SymbolProfit[];
  closed: number;
  open: number;
}
