import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { Decoder, Encoder } from "./index.ts";

const { packets, toJson } = await import(new URL("../fixtures/packets.mjs", import.meta.url).href);
const fixtures: { bytes: string; packet: unknown }[] = JSON.parse(
  readFileSync(new URL("../fixtures/encoded.json", import.meta.url), "utf8"),
);
const incumbent = createRequire(import.meta.url)("socket.io-msgpack-parser");

test("there is a fixture for each packet", () => {
  expect(fixtures.length).toBe(packets.length);
});

describe.each(fixtures.map(({ bytes, packet }, index) => ({ bytes, packet, input: packets[index] })))(
  "packet $#",
  ({ bytes, packet, input }) => {
    const [encoded = new Uint8Array()] = new Encoder().encode(input);

    test("has the bytes that the incumbent writes", () => {
      expect(fingerprint(encoded)).toBe(bytes);
    });

    test("is read as the incumbent reads it", () => {
      expect(toJson(decode(new Decoder(), encoded))).toEqual(known(packet));
    });

    test("is read by the incumbent", () => {
      expect(toJson(decode(new incumbent.Decoder(), encoded))).toEqual(packet);
    });
  },
);

function fingerprint(bytes: Uint8Array): string {
  return bytes.length < 1_000 ? Buffer.from(bytes).toString("hex") : createHash("sha256").update(bytes).digest("hex");
}

function decode(
  decoder: { add(message: unknown): void; on(event: "decoded", listener: (packet: any) => void): unknown },
  bytes: Uint8Array,
): unknown {
  let packet: unknown;
  decoder.on("decoded", (decoded) => (packet = decoded));
  decoder.add(bytes);
  return packet;
}

/** What clients add to their packets for themselves is not handed on, and neither is data that is there and undefined. */
function known(packet: any): unknown {
  const { options: _, data, ...rest } = packet;
  return data?.$?.[0] === "undefined" ? rest : { ...rest, ...(data !== undefined && { data }) };
}
