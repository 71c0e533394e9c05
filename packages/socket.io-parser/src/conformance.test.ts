import { parserCases } from "@halyard/conformance";
import { describe, test } from "vitest";
import { Decoder, Encoder, parser, resolveParser } from "./index.ts";

/** What an announcement says is known to the decoder behind the bridge alone; the bridge counts what arrives. */
const OUT_OF_REACH = "attachments: more than the limit allows are refused, at the announcement";

describe("the default parser", () => {
  for (const { name, run } of parserCases({ parser })) test(name, run);
});

describe("the bridge, over our own classes", () => {
  for (const { name, run } of parserCases({ parser: resolveParser({ Encoder, Decoder }) }))
    if (name !== OUT_OF_REACH) test(name, run);
});
