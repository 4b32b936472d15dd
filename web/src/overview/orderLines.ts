import type { Changes, Num, OrderRow, RefusalRow } from "../wire/types";

/** An order as one line of the table, whether it left or a limit stood against it. */
export interface OrderLine {
  id: string;
  seq: number;
  ts: string;
  instrument_id: string;
  side: "buy" | "sell";
  quantity: string;
  kind: string;
  state: string;
  reason: string;
  filled: string | null;
  averagePrice: string | null;
  places: number;
  slippage: Num;
  commission: string | null;
}

/** Open orders first, then closed and refused ones together, latest first. */
export function orderLines(changes: Changes): OrderLine[] {
  const rest = [...changes.closed_orders.map(ofOrder), ...changes.refusals.map(ofRefusal)];
  rest.sort((left, right) => right.seq - left.seq);
  return [...(changes.open_orders ?? []).map(ofOrder), ...rest];
}

function ofOrder(row: OrderRow): OrderLine {
  const kind = [row.order_type.replace("_", " "), row.limit_price ?? row.stop_price, row.time_in_force].filter(Boolean);
  const sample = row.fills[0]?.price ?? row.limit_price;
  return {
    id: row.client_order_id,
    seq: row.seq,
    ts: row.updated,
    instrument_id: row.instrument_id,
    side: row.side,
    quantity: row.quantity,
    kind: kind.join(" "),
    state: row.state,
    reason: row.reason,
    filled: row.filled,
    averagePrice: row.average_price,
    places: sample?.split(".")[1]?.length ?? 2,
    slippage: row.slippage_bps,
    commission: row.commission,
  };
}

function ofRefusal(row: RefusalRow): OrderLine {
  return {
    id: row.client_order_id,
    seq: row.seq,
    ts: row.ts,
    instrument_id: row.instrument_id,
    side: row.side,
    quantity: row.quantity,
    kind: row.rule.replaceAll("_", " "),
    state: "refused",
    reason: row.reason,
    filled: null,
    averagePrice: null,
    places: 2,
    slippage: null,
    commission: null,
  };
}
