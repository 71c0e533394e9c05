import { describe, expect, test } from "vitest";
import * as incumbent from "engine.io-parser";
import * as browser from "../browser.ts";
import * as node from "../index.ts";

const PACKETS: node.Packet[] = [
  { type: "ping" },
  { type: "message", data: "1€" },
  { type: "message", data: Uint8Array.of(1, 2, 3) },
  { type: "message", data: "a".repeat(200) },
  { type: "message", data: "a".repeat(70_000) },
];

async function through<In, Out>(stream: TransformStream<In, Out>, inputs: readonly In[]): Promise<Out[]> {
  const outputs: Out[] = [];
  const writing = (async () => {
    const writer = stream.writable.getWriter();
    for (const input of inputs) await writer.write(input);
    await writer.close();
  })();
  const reader = stream.readable.getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) outputs.push(step.value);
  await writing;
  return outputs;
}

function plain(packet: node.Packet | incumbent.Packet): unknown {
  return packet.data instanceof ArrayBuffer || ArrayBuffer.isView(packet.data)
    ? { type: packet.type, data: [...new Uint8Array(packet.data as ArrayBuffer)] }
    : { ...packet };
}

describe.each([
  ["on Node.js", node],
  ["in browsers", browser],
] as const)("packet streams %s", (_, form) => {
  test("write header and payload as two chunks", async () => {
    const chunks = await through(form.createPacketEncoderStream(), PACKETS.slice(1, 4));
    expect(chunks.map((chunk) => Array.from(chunk.subarray(0, 4)))).toEqual([
      [5],
      [0x34, 0x31, 0xe2, 0x82],
      [0x83],
      [1, 2, 3],
      [126, 0, 201],
      [0x34, 0x61, 0x61, 0x61],
    ]);
  });

  test("read what they write", async () => {
    const chunks = await through(form.createPacketEncoderStream(), PACKETS);
    const packets = await through(form.createPacketDecoderStream(100_000), chunks);
    expect(packets.map(plain)).toEqual(PACKETS.map(plain));
  });

  test("write what the incumbent reads, and read what it writes", async () => {
    const ours = await through(form.createPacketEncoderStream(), PACKETS);
    const read: incumbent.Packet[] = await through(incumbent.createPacketDecoderStream(100_000, "nodebuffer"), ours);
    expect(read.map(plain)).toEqual(PACKETS.map(plain));
    const theirs: Uint8Array[] = await through(incumbent.createPacketEncoderStream(), PACKETS);
    expect((await through(form.createPacketDecoderStream(100_000), theirs)).map(plain)).toEqual(PACKETS.map(plain));
  });

  test.each([
    ["longer than the limit", Uint8Array.of(11)],
    ["longer than the limit, by an extended length", Uint8Array.of(127, 255, 255, 255, 255, 255, 255, 255, 255)],
    ["empty", Uint8Array.of(0)],
    ["of an unknown type", Uint8Array.of(1, 0x39)],
  ])("answer one error packet for a frame that is %s", async (_name, bytes) => {
    const packets = await through(form.createPacketDecoderStream(10), [Uint8Array.of(1, 0x32), bytes]);
    expect(packets).toEqual([{ type: "ping" }, { type: "error", data: "parser error" }]);
  });

  test("give nothing more after a violation", async () => {
    const chunks = [Uint8Array.of(11), Uint8Array.of(1, 0x32)];
    expect(await through(form.createPacketDecoderStream(10), chunks)).toHaveLength(1);
  });
});

test("Blobs are written in their place", async () => {
  const packets: node.Packet[] = [{ type: "message", data: new Blob([Uint8Array.of(1)]) }, { type: "ping" }];
  const chunks = await through(browser.createPacketEncoderStream(), packets);
  expect(chunks.map((chunk) => [...chunk])).toEqual([[0x81], [1], [1], [0x32]]);
});
