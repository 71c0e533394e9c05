import type { Parser } from "@halyard/contracts";
import { openSession } from "@halyard/engine.io-client";
import type { Wiring } from "./connector.ts";

/** What managers are built from, with a parser to choose. */
export function createWiring(resolveParser: (option: unknown) => Parser): Wiring {
  return {
    createEngine: openSession,
    resolveParser,
  };
}
