import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { command, RefusedError } from "../wire/api";

/** Giving one command: the same key goes with every try, so that a repeated click counts once. */
export function useCommand(verb: "kill" | "rearm") {
  const [key] = useState(() => crypto.randomUUID());
  const given = useMutation({ mutationFn: (argument: string) => command(verb, argument, `${key}-${argument}`) });
  const wantsToken = given.error instanceof RefusedError && given.error.status === 401;
  return { ...given, wantsToken };
}
