import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import v4 from "../../fixtures/v4.json" with { type: "json" };
import * as browser from "../browser.ts";
import * as node from "../index.ts";

const forms = [
  ["on Node.js", node],
  ["in browsers", browser],
] as const;

type Form = (typeof forms)[number][1];

function encoded(form: Form, packet: node.Packet, supportsBinary: boolean): Promise<unknown> {
  return new Promise((resolve) => form.encodePacket(packet, supportsBinary, resolve));
}

function bytesOf(data: unknown): number[] {
  return data instanceof ArrayBuffer ? [...new Uint8Array(data)] : [...(data as Uint8Array)];
}

describe.each(forms)("the function API %s", (_, form) => {
  test("speaks protocol 4", () => {
    expect(form.protocol).toBe(4);
  });

  test.each(v4.decoded)(`decodes $frame as ${v4.source} does`, ({ frame, packet }) => {
    const found = form.decodePacket(frame);
    if (typeof packet.data === "object")
      expect(bytesOf(found.data)).toEqual([...Buffer.from(packet.data.base64, "base64")]);
    else expect(found).toEqual(packet);
  });

  test.each(v4.decodedPayloads)(`decodes payload $body as ${v4.source} does`, ({ body, packets }) => {
    expect(form.decodePayload(body).map(({ type }) => type)).toEqual(packets.map(({ type }) => type));
  });

  test.each(v4.frames)(`encodes $text as ${v4.source} does`, async ({ packet, text }) => {
    const data = typeof packet.data === "object" ? Buffer.from(packet.data.base64, "base64") : packet.data;
    expect(await encoded(form, { type: packet.type as node.PacketType, data }, false)).toBe(text);
  });

  test("hands binary data over as it is where binary is supported", async () => {
    for (const data of [Uint8Array.of(1), new ArrayBuffer(2), new Float32Array(3)])
      expect(await encoded(form, { type: "message", data }, true)).toBe(data);
  });

  test("encodes the part of the buffer that a view shows", async () => {
    const data = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
    expect(await encoded(form, { type: "message", data }, false)).toBe("bAQID");
    expect(await encoded(form, { type: "message", data: new DataView(data.buffer, 1, 3) }, false)).toBe("bAQID");
  });

  test("hands out an ArrayBuffer that holds nothing but the data", () => {
    const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
    for (const input of [view, view.slice().buffer, "bAQI="]) {
      const { data } = form.decodePacket(input, "arraybuffer");
      expect(data).toBeInstanceOf(ArrayBuffer);
      expect(bytesOf(data)).toEqual([1, 2]);
    }
  });

  test("refuses what is no packet to encode", () => {
    const never = (): void => expect.unreachable();
    expect(() => form.encodePacket({ type: "what" as node.PacketType }, true, never)).toThrow(
      expect.objectContaining({ code: "ENGINE_ENCODE" }),
    );
    expect(() => form.encodePacket({ type: "message", data: {} }, true, never)).toThrow(
      expect.objectContaining({ code: "ENGINE_ENCODE" }),
    );
  });

  test("answers an error packet for what is no packet", () => {
    const error = { type: "error", data: "parser error" };
    for (const input of ["b*", "bAA", undefined, null, 7, {}]) expect(form.decodePacket(input)).toEqual(error);
  });

  test("encodes a payload", async () => {
    const encodePayload = (packets: node.Packet[]): Promise<string> =>
      new Promise((resolve) => form.encodePayload(packets, resolve));
    expect(await encodePayload([])).toBe("");
    expect(
      await encodePayload([
        { type: "message", data: "€" },
        { type: "message", data: Uint8Array.of(1) },
      ]),
    ).toBe("4€\x1ebAQ==");
  });
});

describe("on Node.js", () => {
  test("binary data is a Buffer, of the same memory", () => {
    const bytes = new Uint8Array([9, 1, 2]).subarray(1);
    for (const input of [bytes, bytes.slice().buffer, "bAQI="]) {
      const { data } = node.decodePacket(input);
      expect(Buffer.isBuffer(data)).toBe(true);
      expect(bytesOf(data)).toEqual([1, 2]);
    }
    expect((node.decodePacket(bytes).data as Buffer).buffer).toBe(bytes.buffer);
  });
});

describe("in browsers", () => {
  test("Blobs are encoded", async () => {
    const data = new Blob([Uint8Array.of(1, 2, 3)]);
    expect(await encoded(browser, { type: "message", data }, true)).toBe(data);
    expect(await encoded(browser, { type: "message", data }, false)).toBe("bAQID");
  });

  test("a payload with Blobs stays in order", async () => {
    const packets: node.Packet[] = [
      { type: "message", data: new Blob([Uint8Array.of(1)]) },
      { type: "message", data: "a" },
      { type: "message", data: new Blob([Uint8Array.of(2)]) },
    ];
    const payload = await new Promise((resolve) => browser.encodePayload(packets, resolve));
    expect(payload).toBe("bAQ==\x1e4a\x1ebAg==");
  });

  test("a packet that is added while a Blob is read belongs to the next payload", async () => {
    const packets: node.Packet[] = [{ type: "message", data: new Blob([Uint8Array.of(1)]) }];
    packets.push({
      type: "message",
      get data() {
        if (packets.length === 2) packets.push({ type: "ping" });
        return "a";
      },
    });
    const payload = await new Promise((resolve) => browser.encodePayload(packets, resolve));
    expect(payload).toBe("bAQ==\x1e4a");
  });

  test("Blobs are decoded on demand, and kept", async () => {
    const { data } = browser.decodePacket("bAQID", "blob");
    expect(data).toBeInstanceOf(Blob);
    expect(bytesOf(await (data as Blob).arrayBuffer())).toEqual([1, 2, 3]);
    expect(browser.decodePacket(data, "blob").data).toBe(data);
  });
});
