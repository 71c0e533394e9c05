import { parserCases } from "@halyard/conformance";
import { createRequire } from "node:module";
import { test } from "vitest";
import { parser } from "./index.ts";

const { Encoder } = createRequire(import.meta.url)("socket.io-msgpack-parser");
const encoder = new Encoder();

for (const { name, run } of parserCases({ parser, forge: (packet) => encoder.encode(withoutUndefined(packet)) }))
  test(name, run);

function withoutUndefined(packet: object): object {
  return Object.fromEntries(Object.entries(packet).filter(([, value]) => value !== undefined));
}
