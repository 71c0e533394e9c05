import { describe, expect, test } from "vitest";
import type { Server } from "socket.io";
import { collect, once, record } from "./events.ts";
import { allPairs, oldPairs } from "./ends.ts";
import { matrix, upgraded } from "./rig.ts";

const jsonValues: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  -1.25e-7,
  Number.MAX_SAFE_INTEGER,
  "",
  "plain",
  [],
  {},
  [[], [[]], {}],
  { a: { b: { c: [1, "two", null, { three: 3 }] } } },
  { "": "empty key", "a.b": 1, constructor: "own", toString: "own", length: 3 },
  { _placeholder: true, num: 0 },
  "[1,2]",
  '451-["x"]',
];

/** Values that JSON changes on the way, and what arrives. */
const jsonConversions: [sent: unknown, arrives: unknown][] = [
  [Number.NaN, null],
  [Number.POSITIVE_INFINITY, null],
  [new Date(0), "1970-01-01T00:00:00.000Z"],
  [{ present: 1, absent: undefined, method: () => 1 }, { present: 1 }],
  [
    [undefined, 1],
    [null, 1],
  ],
  [{ toJSON: () => ({ converted: true }) }, { converted: true }],
];

const texts: Record<string, string> = {
  "two bytes": "é ß ñ Ω",
  "three bytes": "你好，世界 €",
  astral: "🚀 👩‍👩‍👧‍👦 𝒳",
  "lone high surrogate": "a\ud800b",
  "lone low surrogate": "a\udc00b",
  "swapped surrogates": "\udc00\ud800",
  "record separator": "a\u001eb\u001e",
  "line separators": "a\u2028b\u2029c",
  controls: "\u0000\u0001\t\r\n\b\f\u007f\u0085",
  quotes: '"\\/"\'\\u0041',
  "byte order mark": "\ufeffx\uffff",
};

function echo(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("echo", (...args) => socket.emit("echoed", ...args));
    socket.on("message", (...args) => socket.send(...args));
  });
}

describe("events", () => {
  matrix(
    ({ start }) => {
      test("every JSON type arrives as it was sent, both ways", async () => {
        const rig = await start({}, echo);
        const { client, socket } = await rig.link();
        const heard = once(socket, "echo");
        const echoed = once(client, "echoed");
        client.emit("echo", ...jsonValues);
        expect(await heard).toEqual(jsonValues);
        expect(await echoed).toEqual(jsonValues);
      });

      test("what JSON converts arrives converted, both ways", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const sent = jsonConversions.map(([value]) => value);
        const arrives = jsonConversions.map(([, value]) => value);
        const atServer = once(socket, "up");
        const atClient = once(client, "down");
        client.emit("up", ...sent);
        socket.emit("down", ...sent);
        expect(await atServer).toEqual(arrives);
        expect(await atClient).toEqual(arrives);
      });

      test("keys of the prototype are data like any other", async () => {
        const rig = await start({}, echo);
        const { client } = await rig.link();
        const hostile = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
        const echoed = once(client, "echoed");
        client.emit("echo", hostile);
        const [back] = await echoed;
        expect(Object.keys(back)).toEqual(["__proto__", "constructor"]);
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      });

      test("event names of any kind", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        for (const name of ["", "with space", "número 🚀", "__proto__", "toString", "$x", "a,b/c", "1"]) {
          const atServer = once(socket, name);
          const atClient = once(client, name);
          client.emit(name, "up");
          socket.emit(name, "down");
          expect([name, await atServer, await atClient]).toEqual([name, ["up"], ["down"]]);
        }
      });

      for (const [name, text] of Object.entries(texts)) {
        test(`text: ${name}`, async () => {
          const rig = await start({}, echo);
          const { client, socket } = await rig.link();
          const heard = once(socket, "echo");
          const echoed = once(client, "echoed");
          client.emit("echo", text, { [text]: [text] });
          expect(await heard).toEqual([text, { [text]: [text] }]);
          expect(await echoed).toEqual([text, { [text]: [text] }]);
        });
      }

      test("no arguments, and a hundred", async () => {
        const rig = await start({}, echo);
        const { client } = await rig.link();
        const many = Array.from({ length: 100 }, (_, index) => index);
        const echoed = collect(client, "echoed", 2);
        client.emit("echo");
        client.emit("echo", ...many);
        expect(await echoed).toEqual([[], many]);
      });

      test("send and the message event", async () => {
        const rig = await start({}, echo);
        const { client } = await rig.link();
        const echoed = once(client, "message");
        client.send("hello", { n: 1 });
        expect(await echoed).toEqual(["hello", { n: 1 }]);
      });

      test("text and binary events keep their order, both ways", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const count = 200;
        const atServer = collect(socket, "n", count);
        const atClient = collect(client, "n", count);
        for (let n = 0; n < count; n++) {
          const payload = n % 3 === 0 ? [n, Buffer.from([n])] : [n, "text"];
          client.emit("n", ...payload);
          socket.emit("n", ...payload);
        }
        const expected = Array.from({ length: count }, (_, n) => n);
        expect((await atServer).map(([n]) => n)).toEqual(expected);
        expect((await atClient).map(([n]) => n)).toEqual(expected);
      });

      test("nothing is lost or reordered while the connection upgrades", async () => {
        const rig = await start();
        const atServer: number[] = [];
        rig.io.on("connection", (socket) => {
          socket.on("up", (n) => atServer.push(n));
          let n = 0;
          socket.on("more", (answer) => {
            for (let i = 0; i < 10; i++) socket.emit("down", n++);
            answer();
          });
        });
        const { client } = await rig.link();
        const atClient = record(client, "down");
        const up = upgradedUnlessPinned(rig.channel.name, client);
        let n = 0;
        for (let round = 0; round < 20; round++) {
          for (let i = 0; i < 5; i++) client.emit("up", n++);
          await new Promise<void>((resolve) => client.emit("more", resolve));
        }
        await up;
        await new Promise<void>((resolve) => client.emit("more", resolve));
        expect(atServer).toEqual(Array.from({ length: 100 }, (_, i) => i));
        expect(atClient.map(([value]) => value)).toEqual(Array.from({ length: 210 }, (_, i) => i));
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

describe("binary", () => {
  matrix(
    ({ start, pair, recent }) => {
      const bytes = (...values: number[]): Buffer => Buffer.from(values);

      test("one buffer of every kind, both ways", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const backing = new Uint8Array([9, 9, 1, 2, 3, 4, 9, 9]);
        const kinds: unknown[] = [
          bytes(1, 2, 3, 4),
          new Uint8Array([1, 2, 3, 4]).buffer,
          backing.subarray(2, 6),
          new DataView(backing.buffer, 2, 4),
          new Uint16Array(new Uint8Array([0, 0, 1, 2, 3, 4]).buffer, 2, 2),
        ];
        const arrived = (value: unknown): void => {
          expect(Buffer.isBuffer(value)).toBe(true);
          expect([...(value as Buffer)]).toEqual([1, 2, 3, 4]);
        };
        // The 2.x client takes a view that is no Buffer for an ordinary object.
        const sendable = pair.client.generation === 2 ? kinds.slice(0, 2) : kinds;
        for (const kind of sendable) {
          const heard = once(socket, "up");
          client.emit("up", kind);
          arrived((await heard)[0]);
        }
        for (const kind of kinds) {
          const heard = once(client, "down");
          socket.emit("down", kind);
          arrived((await heard)[0]);
        }
      });

      test("empty buffers and every byte value", async () => {
        const rig = await start({}, echo);
        const { client } = await rig.link();
        const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
        const echoed = once(client, "echoed");
        client.emit("echo", Buffer.alloc(0), all);
        expect(await echoed).toEqual([Buffer.alloc(0), all]);
      });

      test("several attachments, nested, beside text, in order", async () => {
        const rig = await start({}, echo);
        const { client, socket } = await rig.link();
        const value = {
          name: "é",
          first: bytes(1),
          list: [bytes(2, 2), { deep: { deeper: bytes(3, 3, 3) } }, "text", null],
          last: [[[bytes(4)]]],
        };
        const heard = once(socket, "echo");
        const echoed = once(client, "echoed");
        client.emit("echo", value, "between", bytes(5), 6);
        const expected = [value, "between", bytes(5), 6];
        expect(await heard).toEqual(expected);
        expect(await echoed).toEqual(expected);
        expect(value.list[1]).toEqual({ deep: { deeper: bytes(3, 3, 3) } });
      });

      test("the same buffer twice, and ten attachments", async () => {
        const rig = await start({}, echo);
        const { client } = await rig.link();
        const shared = bytes(7, 7);
        const ten = Array.from({ length: 10 }, (_, index) => bytes(index));
        const echoed = collect(client, "echoed", 2);
        client.emit("echo", shared, [shared]);
        client.emit("echo", ten);
        expect(await echoed).toEqual([[shared, [shared]], [ten]]);
      });

      recent("toJSON is honoured beside binary", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const model = { secret: 1, toJSON: () => ({ shown: bytes(8) }) };
        const atClient = once(client, "down");
        socket.emit("down", bytes(1), model);
        expect(await atClient).toEqual([bytes(1), { shown: bytes(8) }]);
        if (pair.client.generation === 2) return; // its parser came before toJSON was honoured there
        const atServer = once(socket, "up");
        client.emit("up", bytes(1), model);
        expect(await atServer).toEqual([bytes(1), { shown: bytes(8) }]);
      });

      test("a binary answer to an acknowledgement", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        socket.on("get", (key, answer) => answer({ key, data: bytes(1, 2) }, bytes(3)));
        client.on("get", (key, answer) => answer(bytes(4), key));
        const atClient = await new Promise((resolve) =>
          client.emit("get", bytes(0), (...args: unknown[]) => resolve(args)),
        );
        expect(atClient).toEqual([{ key: bytes(0), data: bytes(1, 2) }, bytes(3)]);
        const atServer = await new Promise((resolve) =>
          socket.emit("get", bytes(0), (...args: unknown[]) => resolve(args)),
        );
        expect(atServer).toEqual([bytes(4), bytes(0)]);
      });

      test("binary over the whole life of a connection", async () => {
        const rig = await start({}, echo);
        const { client } = await rig.link();
        const before = once(client, "echoed");
        client.emit("echo", bytes(1), "early");
        expect(await before).toEqual([bytes(1), "early"]);
        await upgradedUnlessPinned(rig.channel.name, client);
        const after = once(client, "echoed");
        client.emit("echo", bytes(2), "late");
        expect(await after).toEqual([bytes(2), "late"]);
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

describe("catch-all listeners and event middlewares", () => {
  matrix(({ start, recent }) => {
    recent("onAny and its family on the server", async () => {
      const rig = await start();
      const { client, socket } = await rig.link();
      const calls: unknown[] = [];
      const second = (...args: unknown[]): unknown => calls.push(["second", ...args]);
      socket.onAny(second);
      socket.prependAny((...args: unknown[]) => calls.push(["first", ...args]));
      socket.onAnyOutgoing((...args: unknown[]) => calls.push(["out", ...args]));
      socket.on("x", () => calls.push(["listener"]));
      expect(socket.listenersAny()).toHaveLength(2);
      const heard = once(socket, "x");
      client.emit("x", 1, { two: 2 });
      await heard;
      expect(calls).toEqual([["first", "x", 1, { two: 2 }], ["second", "x", 1, { two: 2 }], ["listener"]]);
      socket.offAny(second);
      expect(socket.listenersAny()).toHaveLength(1);
      calls.length = 0;
      const down = [once(client, "y"), once(client, "z")];
      socket.emit("y", 1);
      rig.io.emit("z", 2);
      await Promise.all(down);
      expect(calls).toEqual([
        ["out", "y", 1],
        ["out", "z", 2],
      ]);
      socket.offAnyOutgoing();
      expect(socket.listenersAnyOutgoing()).toEqual([]);
    });

    test("onAny and its family on the client", async () => {
      const rig = await start();
      const { client, socket } = await rig.link();
      const calls: unknown[] = [];
      const second = (...args: unknown[]): unknown => calls.push(["second", ...args]);
      client.onAny(second);
      client.prependAny((...args: unknown[]) => calls.push(["first", ...args]));
      client.onAnyOutgoing((...args: unknown[]) => calls.push(["out", ...args]));
      client.prependAnyOutgoing((...args: unknown[]) => calls.push(["out first", ...args]));
      const heard = once(client, "x");
      socket.emit("x", 1, [2]);
      await heard;
      expect(calls).toEqual([
        ["first", "x", 1, [2]],
        ["second", "x", 1, [2]],
      ]);
      client.offAny(second);
      expect(client.listenersAny()).toHaveLength(1);
      calls.length = 0;
      const up = once(socket, "y");
      client.emit("y", 1);
      await up;
      expect(calls).toEqual([
        ["out first", "y", 1],
        ["out", "y", 1],
      ]);
      client.offAnyOutgoing();
      client.offAny();
      expect([client.listenersAny(), client.listenersAnyOutgoing()]).toEqual([[], []]);
    });

    test("an event middleware passes, changes or refuses an event", async () => {
      const rig = await start();
      const { client, socket } = await rig.link();
      socket.use((event, next) => {
        if (event[0] === "refused") return next(new Error(`no ${event[1]}`));
        event[1] = `${event[1]}!`;
        setImmediate(next);
      });
      const refused = record(socket, "refused");
      const error = once(socket, "error");
      client.emit("refused", "thanks");
      expect((await error)[0].message).toBe("no thanks");
      const heard = once(socket, "passed");
      client.emit("passed", "hello");
      expect(await heard).toEqual(["hello!"]);
      expect(refused).toEqual([]);
    });
  });
});

async function upgradedUnlessPinned(channel: string, client: Parameters<typeof upgraded>[0]): Promise<void> {
  if (channel === "upgrade") await upgraded(client);
}
