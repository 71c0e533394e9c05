import { codecCases } from "@halyard/conformance";
import { describe, test } from "vitest";
import { codec as browserCodec } from "./browser.ts";
import { codec } from "./index.ts";
import { codecV3 } from "./v3.ts";

describe.each([
  ["revision 4 on Node.js", codec],
  ["revision 4 in browsers", browserCodec],
  ["revision 3", codecV3],
])("%s", (_, implementation) => {
  for (const { name, run } of codecCases({ codec: implementation })) test(name, run);
});
