import { EventEmitter } from "node:events";
import { isDeepStrictEqual } from "node:util";
import * as incumbentJson from "socket.io-json-parser";
import * as incumbentMsgpack from "socket.io-msgpack-parser";
import { describe, expect, test } from "vitest";
import type { Pair } from "./ends.ts";
import { once } from "./events.ts";
import { connected, matrix, type Cell, type Rig } from "./rig.ts";

interface Choice {
  readonly name: string;
  readonly binary: boolean;
  readonly server: (pair: Pair) => unknown;
  readonly client: (pair: Pair) => unknown;
}

/** Packets as base64 of JSON, as somebody might write a parser of their own for the incumbent. */
const homemade = {
  protocol: 5,
  Encoder: class {
    encode(packet: object): string[] {
      return [Buffer.from(JSON.stringify(packet)).toString("base64")];
    }
  },
  Decoder: class extends EventEmitter {
    add(chunk: string): void {
      this.emit("decoded", JSON.parse(Buffer.from(chunk, "base64").toString()));
    }
    destroy(): void {}
  },
};

const choices: readonly Choice[] = [
  {
    name: "each end's own msgpack parser",
    binary: true,
    server: ({ server }) => server.msgpack,
    client: ({ client }) => client.msgpack,
  },
  {
    name: "the incumbent's msgpack parser, plugged into both ends",
    binary: true,
    server: () => incumbentMsgpack,
    client: () => incumbentMsgpack,
  },
  {
    name: "the server's msgpack parser, plugged into both ends",
    binary: true,
    server: ({ server }) => server.msgpack,
    client: ({ server }) => server.msgpack,
  },
  {
    name: "the client's msgpack parser, plugged into both ends",
    binary: true,
    server: ({ client }) => client.msgpack,
    client: ({ client }) => client.msgpack,
  },
  { name: "socket.io-json-parser", binary: false, server: () => incumbentJson, client: () => incumbentJson },
  { name: "a parser of one's own", binary: false, server: () => homemade, client: () => homemade },
];

for (const choice of choices) {
  describe(choice.name, () => {
    matrix((cell) => {
      const { pair } = cell;
      const start: Cell["start"] = (settings, prepare) =>
        cell.start({ ...settings, parser: choice.server(pair) }, prepare);
      const forClient = { parser: choice.client(pair) as never };

      test("connecting, with auth and refusals", async () => {
        const rig = await start();
        rig.io.use((socket, next) =>
          next(socket.handshake.auth["in"] ? undefined : Object.assign(new Error("no"), { data: { why: [1, "é"] } })),
        );
        const { client, socket } = await rig.link("/", { ...forClient, auth: { in: true } });
        expect(client.id).toBe(socket.id);
        const [refused] = await once(rig.client("/", forClient), "connect_error");
        expect([refused.message, refused.data]).toEqual(["no", { why: [1, "é"] }]);
        const [unknown] = await once(rig.client("/nobody", forClient), "connect_error");
        expect(unknown.message).toBe("Invalid namespace");
      });

      test("values of every kind, both ways, with acknowledgements", async () => {
        const rig = await start();
        const { client, socket } = await rig.link("/", forClient);
        const values: unknown[] = [
          null,
          true,
          0,
          -1,
          127,
          128,
          -129,
          65_536,
          2 ** 32,
          -(2 ** 40),
          1.5,
          "",
          "é 🚀 \u001e\u2028",
          "x".repeat(70_000),
          [],
          Array.from({ length: 20 }, (_, index) => index),
          { a: { b: [{ c: null }] }, "": 1 },
          Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key ${index}`, index])),
        ];
        if (choice.binary) values.push(Buffer.from([1, 2, 3]), [{ deep: Buffer.alloc(70_000, 7) }], Buffer.alloc(0));
        socket.on("values", (...args) => {
          const answer = args.pop() as (...back: unknown[]) => void;
          expect(isDeepStrictEqual(args, values)).toBe(true);
          answer(...args);
        });
        client.on("values", (...args) => {
          const answer = args.pop() as (...back: unknown[]) => void;
          expect(isDeepStrictEqual(args, values)).toBe(true);
          answer(...args);
        });
        const up = new Promise((resolve) => client.emit("values", ...values, (...back: unknown[]) => resolve(back)));
        const down = new Promise((resolve) => socket.emit("values", ...values, (...back: unknown[]) => resolve(back)));
        expect(isDeepStrictEqual(await up, values)).toBe(true);
        expect(isDeepStrictEqual(await down, values)).toBe(true);
      });

      test("broadcasts and rooms", async () => {
        const rig = await start();
        const [one, two] = await Promise.all([rig.link("/", forClient), rig.link("/", forClient)]);
        await two.socket.join("r");
        const payload = choice.binary ? { bytes: Buffer.from("é") } : { bytes: [1] };
        const all = [once(one.client, "all"), once(two.client, "all")];
        const room = once(two.client, "room");
        rig.io.to("r").emit("room", payload);
        rig.io.emit("all", payload, 2);
        expect(await room).toEqual([payload]);
        for (const heard of await Promise.all(all)) expect(heard).toEqual([payload, 2]);
      });

      test("namespaces and disconnection", async () => {
        const rig = await start();
        await expectNamespaces(rig, forClient);
      });
    });
  });
}

async function expectNamespaces(rig: Rig, forClient: { parser: never }): Promise<void> {
  rig.io.of("/a");
  const manager = rig.manager(forClient);
  const root = manager.socket("/");
  const other = manager.socket("/a");
  await Promise.all([connected(root), connected(other)]);
  const atServer = once(rig.peer(other, "/a"), "disconnect");
  other.disconnect();
  expect((await atServer)[0]).toBe("client namespace disconnect");
  const atClient = once(root, "disconnect");
  rig.peer(root).disconnect();
  expect((await atClient)[0]).toBe("io server disconnect");
}
