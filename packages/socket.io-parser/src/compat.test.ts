import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { Decoder, Encoder, isPacketValid, PacketType, protocol } from "./index.ts";

const incumbent = createRequire(import.meta.url)("socket.io-parser");

test("constants are the incumbent's", () => {
  expect(protocol).toBe(incumbent.protocol);
  expect(PacketType).toEqual(incumbent.PacketType);
});

test.each([
  { type: 0, nsp: "/" },
  { type: 0, nsp: "/", data: {} },
  { type: 0, nsp: "/", data: [] },
  { type: 0, nsp: "/", data: null },
  { type: 1, nsp: "/" },
  { type: 1, nsp: "/", data: {} },
  { type: 2, nsp: "/", data: ["e"] },
  { type: 2, nsp: "/", data: [1] },
  { type: 2, nsp: "/", data: [] },
  { type: 2, nsp: "/", data: ["connect"] },
  { type: 2, nsp: "/", data: {} },
  { type: 2, nsp: "/", data: ["e"], id: 1 },
  { type: 2, nsp: "/", data: ["e"], id: 1.5 },
  { type: 2, nsp: "/", data: ["e"], id: "1" },
  { type: 2, nsp: 5, data: ["e"] },
  { type: 3, nsp: "/", data: [] },
  { type: 3, nsp: "/" },
  { type: 4, nsp: "/", data: "no" },
  { type: 4, nsp: "/", data: {} },
  { type: 4, nsp: "/" },
  { type: 5, nsp: "/", data: ["e"] },
  { type: 7, nsp: "/" },
])("isPacketValid agrees with the incumbent's on %j", (packet: any) => {
  expect(isPacketValid(packet)).toBe(incumbent.isPacketValid(packet));
});

describe("Encoder", () => {
  test("passes its replacer on", () => {
    const replacer = (_: string, value: unknown): unknown => (value === "secret" ? "***" : value);
    const packet = { type: PacketType.EVENT, nsp: "/", data: ["e", "secret"] };
    expect(new Encoder(replacer).encode(packet)).toEqual(new incumbent.Encoder(replacer).encode(packet));
  });

  test("leaves the packet as it was", () => {
    const packet = Object.freeze({ type: PacketType.EVENT, nsp: "/", data: Object.freeze(["e", Buffer.of(1)]) });
    expect(new Encoder().encode(packet)).toHaveLength(2);
  });
});

describe("Decoder", () => {
  test("takes a reviver, alone or among options", () => {
    const reviver = (_: string, value: unknown): unknown => (value === 1 ? "one" : value);
    for (const decoder of [new Decoder(reviver), new Decoder({ reviver, maxAttachments: 1 })]) {
      const packets: unknown[] = [];
      decoder.on("decoded", (packet) => packets.push(packet));
      decoder.add('2["e",1]');
      expect(packets).toEqual([{ type: 2, nsp: "/", data: ["e", "one"] }]);
    }
  });

  test("takes a limit of attachments", () => {
    const text = '52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
    expect(() => new Decoder({ maxAttachments: 1 }).add(text)).toThrow("packet exceeds maxAttachments");
    expect(() => new Decoder({ maxAttachments: 2 }).add(text)).not.toThrow();
  });

  test("forgets a packet when it is destroyed", () => {
    const decoder = new Decoder();
    decoder.add('51-["e",{"_placeholder":true,"num":0}]');
    decoder.destroy();
    expect(() => decoder.add(Buffer.of(1))).toThrow("invalid attachments");
  });

  test.each([[5], [null], [undefined], [{ base64: true }], [[]]])("refuses %j as a message", (message) => {
    expect(() => new Decoder().add(message)).toThrow(expect.objectContaining({ code: "SOCKET_PARSE" }));
  });
});
