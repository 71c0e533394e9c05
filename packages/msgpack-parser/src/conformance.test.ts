import { parserCases } from "@halyard/conformance";
import { Encoder } from "socket.io-msgpack-parser";
import { test } from "vitest";
import { parser } from "./index.ts";

const encoder = new Encoder();

for (const { name, run } of parserCases({ parser, forge: (packet) => encoder.encode(withoutUndefined(packet)) }))
  test(name, run);

function withoutUndefined(packet: object): object {
  return Object.fromEntries(Object.entries(packet).filter(([, value]) => value !== undefined));
}
