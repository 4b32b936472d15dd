import { useEffect, useState } from "react";
import { follow, type Live } from "../wire/stream";

const BEGINNING: Live = { link: "connecting", lostAt: null, changes: null };

/** The session as it stands, kept up to date. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>(BEGINNING);
  useEffect(() => follow(setLive), []);
  return live;
}
