import type { EngineMessage } from "@halyard/contracts";
import type { ForgedPacket, MalformedInput } from "./parser-harness.ts";

/** Writes a packet in the text format of Socket.IO protocol revision 5, whatever its parts are. */
export function forgeText({ type, nsp, data, id }: ForgedPacket): readonly EngineMessage[] {
  const namespace = nsp === "/" ? "" : `${nsp},`;
  return [`${type}${namespace}${id ?? ""}${JSON.stringify(data) ?? ""}`];
}

/** What the text format forbids. */
export const malformedText: readonly MalformedInput[] = [
  text("a space at the start", ' 2["a"]'),
  text("a byte order mark", '\ufeff2["a"]'),
  text("a digit of another script", '\u06622["a"]'),
  text("an id with a plus sign", '2+1["a"]'),
  text("an id with an exponent", '21e3["a"]'),
  text("an id with a leading minus", '2-1["a"]'),
  text("an endless id", `2${"9".repeat(1_000)}["a"]`),
  text("JSON that is not closed", '2["a"'),
  text("a comment", '2["a"/**/]'),
  text("a trailing comma", '2["a",]'),
  text("a namespace that does not end", "2/admin"),
  text("a namespace that swallows the data", '2/admin["a"]'),
  text("a connect with null", "0null"),
  binary("no number of attachments", '5["a",{"_placeholder":true,"num":0}]', 1),
  binary("an empty number of attachments", '5-["a",{"_placeholder":true,"num":0}]', 1),
  binary("a number of attachments that is none", '5x-["a",{"_placeholder":true,"num":0}]', 1),
  binary("a negative number of attachments", '5-1-["a",{"_placeholder":true,"num":0}]', 1),
  binary("a fractional number of attachments", '51.5-["a",{"_placeholder":true,"num":0}]', 1),
  binary("a number of attachments with an exponent", '51e0-["a",{"_placeholder":true,"num":0}]', 1),
  binary("no attachments at all", '50-["a"]', 0),
  binary("an acknowledgement of no attachments", '60-1["a"]', 0),
  binary("an attachment that is used nowhere", '51-["a"]', 1),
  binary(
    "one of two attachments that is used nowhere",
    '52-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
    2,
  ),
  binary("a placeholder past the attachments", '51-["a",{"_placeholder":true,"num":1}]', 1),
  binary("a placeholder before the attachments", '51-["a",{"_placeholder":true,"num":-1}]', 1),
  binary("a placeholder whose number is fractional", '51-["a",{"_placeholder":true,"num":0.5}]', 1),
  binary("a placeholder whose number is text", '51-["a",{"_placeholder":true,"num":"0"}]', 1),
  binary("a placeholder without a number", '51-["a",{"_placeholder":true}]', 1),
  binary("a placeholder for the event name", '51-[{"_placeholder":true,"num":0}]', 1),
  binary("a binary event without a name", "51-[]", 1),
  binary("a binary event with a reserved name", '51-["connect",{"_placeholder":true,"num":0}]', 1),
  binary("a binary acknowledgement without an id", '61-[{"_placeholder":true,"num":0}]', 1),
];

function text(name: string, message: string): MalformedInput {
  return { name, messages: [message] };
}

function binary(name: string, message: string, attachments: number): MalformedInput {
  return { name, messages: [message, ...Array.from({ length: attachments }, (_, index) => Uint8Array.of(index))] };
}
