import { useEffect, useState } from "react";
import { follow, type Live } from "../wire/stream";

const BEGINNING: Live = { link: "connecting", lostAt: null, problem: "", changes: null };

/** The session that answers at `base` as it stands, kept up to date. */
export function useLive(base: string): Live {
  const [live, setLive] = useState<Live>(BEGINNING);
  useEffect(() => follow(base, setLive), [base]);
  return live;
}
