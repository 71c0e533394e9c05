// Parser micro-benchmarks: the variants of one case take turns in one process. node parsers.mjs [rounds]
import { Buffer } from "node:buffer";
import { codec } from "@halyard/engine.io-parser";
import { parser as halyardMsgpack } from "@halyard/msgpack-parser";
import { parser as halyardJson } from "@halyard/socket.io-parser";
import * as incumbentEngine from "engine.io-parser";
import incumbentMsgpack from "socket.io-msgpack-parser";
import * as incumbentJson from "socket.io-parser";
import { median, table } from "./driver/statistics.mjs";

const ROUNDS = Number(process.argv[2] ?? 9);
const TYPES = { event: 2, ack: 3 };

const packets = {
  "event, small": { type: "event", namespace: "/", data: ["echo", "hello world"] },
  "event, with id": { type: "event", namespace: "/", data: ["echo", "hello world"], id: 13 },
  "event, /admin": { type: "event", namespace: "/admin", data: ["echo", "hello world"] },
  ack: { type: "ack", namespace: "/", data: ["ok"], id: 13 },
  "event, 1 kB": { type: "event", namespace: "/", data: ["doc", rows(1_024)] },
  "event, 10 kB": { type: "event", namespace: "/", data: ["doc", rows(10_240)] },
  "event, 100 kB": { type: "event", namespace: "/", data: ["doc", rows(102_400)] },
  "event, 2 × 256 B binary": {
    type: "event",
    namespace: "/",
    data: ["bin", Buffer.alloc(256, 1), { b: Buffer.alloc(256, 2) }],
  },
};

let sink = 0; // keeps results alive, so that nothing is optimised away
const results = [];
for (const [name, packet] of Object.entries(packets)) {
  const bytes = JSON.stringify(packet.data).length;
  const repeat = Math.max(50, Math.round(4_000_000 / (bytes + 80)));
  results.push(
    compare(`encode ${name}`, repeat, encoders(packet)),
    compare(`decode ${name}`, repeat, decoders(packet)),
  );
}
results.push(...enginePackets());
process.stdout.write(`${table(results, Object.keys(results[0]))}\n`);

function encoders(packet) {
  const json = new incumbentJson.Encoder();
  const msgpack = new incumbentMsgpack.Encoder();
  const foreign = toIncumbent(packet);
  return {
    "socket.io-parser": () => (sink += json.encode({ ...foreign }).length), // it writes into the packet it is given
    "@halyard/socket.io-parser": () => (sink += halyardJson.encode(packet).length),
    "socket.io-msgpack-parser": () => (sink += msgpack.encode(foreign).length),
    "@halyard/msgpack-parser": () => (sink += halyardMsgpack.encode(packet).length),
  };
}

function decoders(packet) {
  const foreign = toIncumbent(packet);
  return {
    "socket.io-parser": pushing(new incumbentJson.Decoder(), new incumbentJson.Encoder().encode({ ...foreign })),
    "@halyard/socket.io-parser": pulling(halyardJson.createDecoder(), halyardJson.encode(packet)),
    "socket.io-msgpack-parser": pushing(new incumbentMsgpack.Decoder(), new incumbentMsgpack.Encoder().encode(foreign)),
    "@halyard/msgpack-parser": pulling(halyardMsgpack.createDecoder(), halyardMsgpack.encode(packet)),
  };
}

function pushing(decoder, messages) {
  decoder.on("decoded", () => sink++);
  return () => {
    for (const message of messages) decoder.add(message);
  };
}

function pulling(decoder, messages) {
  return () => {
    for (const message of messages) if (decoder.write(message) !== undefined) sink++;
  };
}

function enginePackets() {
  const text = { type: "message", data: '2["echo","hello world"]' };
  const several = Array.from({ length: 10 }, () => text);
  const payload = codec.encodePayload(several);
  const none = { "socket.io-msgpack-parser": undefined, "@halyard/msgpack-parser": undefined };
  const row = (name, theirs, ours) =>
    compare(name, 50_000, { "socket.io-parser": theirs, "@halyard/socket.io-parser": ours, ...none });
  const count = (value) => (sink += value.length);
  return [
    row(
      "Engine.IO: encode packet",
      () => incumbentEngine.encodePacket(text, true, count),
      () => count(codec.encodePacket(text)),
    ),
    row(
      "Engine.IO: decode packet",
      () => (sink += incumbentEngine.decodePacket(payload.slice(0, 24)).data.length),
      () => (sink += codec.decodePacket(payload.slice(0, 24)).data.length),
    ),
    row(
      "Engine.IO: encode 10 packets",
      () => incumbentEngine.encodePayload(several, count),
      () => count(codec.encodePayload(several)),
    ),
    row(
      "Engine.IO: decode 10 packets",
      () => count(incumbentEngine.decodePayload(payload)),
      () => count(codec.decodePayload(payload)),
    ),
  ];
}

/** Nanoseconds per call of each variant (median over rounds), and the ratios of the incumbent to ours. */
function compare(name, repeat, variants) {
  const live = Object.entries(variants).filter(([, run]) => run !== undefined);
  const times = Object.fromEntries(live.map(([variant]) => [variant, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [variant, run] of round % 2 === 0 ? live : live.toReversed()) {
      const ns = time(run, repeat);
      if (round >= 0) times[variant].push(ns); // two rounds warm up
    }
  }
  const ratio = (theirs, ours) => median((times[theirs] ?? []).map((ns, round) => ns / times[ours][round]));
  return {
    "ns per call": name,
    ...Object.fromEntries(Object.keys(variants).map((variant) => [variant, median(times[variant] ?? [])])),
    "JSON ratio": ratio("socket.io-parser", "@halyard/socket.io-parser"),
    "msgpack ratio": ratio("socket.io-msgpack-parser", "@halyard/msgpack-parser"),
  };
}

function time(run, repeat) {
  const startedAt = process.hrtime.bigint();
  for (let index = 0; index < repeat; index++) run();
  return Number(process.hrtime.bigint() - startedAt) / repeat;
}

function toIncumbent({ type, namespace, data, id }) {
  return { type: TYPES[type], nsp: namespace, data: [...data], ...(id === undefined ? {} : { id }) };
}

function rows(bytes) {
  const row = (_, index) => ({ id: index, name: `user${index}`, ok: true, value: index * 1.5, tag: "abcdef" });
  return Array.from({ length: Math.round(bytes / 58) }, row);
}
