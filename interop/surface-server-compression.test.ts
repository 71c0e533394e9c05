import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { serverEnds } from "./ends.ts";
import { eventually } from "./events.ts";
import { frame, upgradeText } from "./raw.ts";
import { serveEnd } from "./stock.ts";

/** What tells a compressed message from others (RFC 7692, section 6). */
const COMPRESSED_BIT = 0x40;

interface Frame {
  readonly isCompressed: boolean;
  readonly byteLength: number;
}

/** The frames in what a server has sent since the handshake; those of a test are shorter than 64 kB. */
function framesOf(received: Buffer): Frame[] {
  const head = received.indexOf("\r\n\r\n");
  let rest = head < 0 ? Buffer.alloc(0) : received.subarray(head + 4);
  const frames: Frame[] = [];
  while (rest.length >= 4) {
    const short = (rest[1] ?? 0) & 0x7f;
    const [start, byteLength] = short === 126 ? [4, rest.readUInt16BE(2)] : [2, short];
    if (rest.length < start + byteLength) break;
    frames.push({ isCompressed: ((rest[0] ?? 0) & COMPRESSED_BIT) !== 0, byteLength });
    rest = rest.subarray(start + byteLength);
  }
  return frames;
}

const BIG = "x".repeat(20_000);

for (const end of serverEnds) {
  describe(`server ${end.name} with perMessageDeflate`, () => {
    test("compresses what is large, except what compress(false) says not to", async () => {
      const { io, port } = await serveEnd(end, { perMessageDeflate: true });
      const tcp = connect(port, "127.0.0.1");
      onTestFinished(() => void tcp.destroy());
      let received = Buffer.alloc(0);
      tcp.on("data", (chunk: Buffer) => (received = Buffer.concat([received, chunk])));
      const target = "/socket.io/?EIO=4&transport=websocket";
      tcp.write(upgradeText(target, { "sec-websocket-extensions": "permessage-deflate" }));
      await eventually(() => framesOf(received).length === 1, "the handshake");
      tcp.write(frame("40"));
      await eventually(() => framesOf(received).length === 2, "the answer to CONNECT");
      const [socket] = io.of("/").sockets.values();
      await socket?.join("room");

      const sends: [boolean, () => unknown][] = [
        [true, () => socket?.emit("x", BIG)],
        [false, () => socket?.compress(false).emit("x", BIG)],
        [true, () => socket?.compress(true).emit("x", BIG)],
        [true, () => socket?.emit("x", BIG)],
        [false, () => io.compress(false).emit("x", BIG)],
        [true, () => io.compress(true).emit("x", BIG)],
        [false, () => io.to("room").compress(false).emit("x", BIG)],
        [true, () => io.to("room").emit("x", BIG)],
        [false, () => io.of("/").compress(false).emit("x", BIG)],
        [false, () => io.compress(false).emit("x", "small")],
        [false, () => socket?.emit("x", "small")],
      ];
      const seen: boolean[] = [];
      for (const [, send] of sends) {
        const before = framesOf(received).length;
        send();
        await eventually(() => framesOf(received).length > before, "the frame");
        seen.push(framesOf(received).at(-1)?.isCompressed === true);
      }
      const expected = sends.map(([isCompressed]) => isCompressed);
      // the incumbent compresses what a broadcast says not to, and what a socket says not to
      if (end.ours) expect(seen).toEqual(expected);
      else expect(seen.at(0)).toBe(true);
    });
  });
}
