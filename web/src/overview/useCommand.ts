import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { command, RefusedError } from "../wire/api";
import { keepOperator, readOperator } from "../wire/operator";

/**
 * Giving one command: the same key goes with every try, so that a repeated click counts once. Another name is
 * another command.
 */
export function useCommand(verb: "kill" | "rearm") {
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [operator, setOperator] = useState(readOperator);
  const given = useMutation({
    mutationFn: (argument: string) => command(verb, argument, `${key}-${argument}`, operator.trim()),
  });
  const wantsToken = given.error instanceof RefusedError && given.error.status === 401;
  function nameOperator(name: string): void {
    setOperator(name);
    keepOperator(name.trim());
    setKey(crypto.randomUUID());
  }
  return { ...given, wantsToken, operator, nameOperator };
}
