import type { Parser } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { openWebSocketSession } from "@halyard/engine.io-client";
import { parser } from "@halyard/socket.io-parser";
import type { Wiring } from "./connector.ts";

/** What managers are built from that know one transport, no upgrade, and parsers of ours only. */
export const websocketWiring: Wiring = { createEngine: openWebSocketSession, resolveParser };

function resolveParser(option: unknown): Parser {
  if (option === undefined) return parser;
  if (isParser(option)) return option;
  throw codedError("INVALID_OPTION", "invalid parser");
}

function isParser(option: unknown): option is Parser {
  return typeof option === "object" && option !== null && "createDecoder" in option;
}
