import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { codecOf } from "../codecs.ts";
import { JsonpCodec } from "./jsonp-codec.ts";
import { decodeBody } from "./polling-body.ts";

/** What the page's function is called with. */
function run(script: string | Uint8Array, index: number): unknown {
  const calls: unknown[] = [];
  runInNewContext(String(script), { ___eio: { [index]: (payload: unknown) => calls.push(payload) } });
  return calls.length === 1 ? calls[0] : calls;
}

/** What such a client's form sends. */
function formOf(payload: string): string {
  const escaped = payload.replaceAll("\\n", "\\\n").replaceAll("\n", "\\n");
  return `d=${encodeURIComponent(escaped).replaceAll("%20", "+")}`;
}

test.each(["plain", "é🚀", "two\nlines", "\u2028\u2029", '");alert(1);//', "</script>", "a\\n b\n c\\\\n"])(
  "the message %j reaches the page's function, and comes back in a form",
  (data) => {
    for (const protocol of [3, 4] as const) {
      const codec = new JsonpCodec(codecOf(protocol), "7");
      const script = codec.encodePayload([{ type: "message", data }, { type: "ping" }]);
      expect(script).not.toMatch(/[\u2028\u2029]/);
      const payload = run(script, 7);
      expect(payload).toBe(codecOf(protocol).encodePayload([{ type: "message", data }, { type: "ping" }]));
      expect(codec.decodePayload(formOf(String(payload)))).toEqual([{ type: "message", data }, { type: "ping" }]);
    }
  },
);

test("binary is sent as text", () => {
  const codec = new JsonpCodec(codecOf(3), "0");
  expect(run(codec.encodePayload([{ type: "message", data: Uint8Array.of(1, 2, 3) }]), 0)).toBe("6:b4AQID");
});

test.each(["", "0", "12", "1);alert(1", "constructor", "-1", "１"])(
  "of the index %j nothing but digits gets into the script",
  (index) => {
    const script = new JsonpCodec(codecOf(4), index).encodePayload([{ type: "noop" }]);
    expect(script).toMatch(/^___eio\[[0-9]*\]\("6"\);$/);
  },
);

test.each(["", "x=1", "d", "d=4a&d=4b", "D=4a"])("the form %j is refused", (form) => {
  const codec = new JsonpCodec(codecOf(4), "0");
  expect(() => codec.decodePayload(form)).toThrow(expect.objectContaining({ code: "ENGINE_PARSE" }));
});

test("a form of very many fields is not searched to its end", () => {
  const codec = new JsonpCodec(codecOf(4), "0");
  expect(() => codec.decodePayload(`${"a=1&".repeat(1_000)}d=4a`)).toThrow(
    expect.objectContaining({ code: "ENGINE_PARSE" }),
  );
});

test("a long form is read piece by piece", () => {
  const codec = new JsonpCodec(codecOf(4), "0");
  const packets = Array.from({ length: 10_000 }, (_, index) => `4${index}`);
  const reader = decodeBody(Buffer.from(formOf(packets.join("\x1e"))), codec, false);
  const received: unknown[] = [];
  for (let packet = reader.peek(); packet !== undefined; packet = reader.peek()) {
    received.push(packet.type === "message" ? `4${String(packet.data)}` : packet.type);
    reader.next();
  }
  expect(received).toEqual(packets);
});
