import { describe, expect, test } from "vitest";
import { take } from "../fake-client.fixture.ts";
import { RecoveryBench, events, heard } from "./recovery-bench.fixture.ts";

describe("offsets", () => {
  test("a volatile event that ends in a string, be it its name, carries the offset of what came before", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    socket.emit("seen");
    const [seen] = heard(client);
    socket.volatile.emit("position", "north");
    bench.io.volatile.emit("tick");
    bench.io.volatile.emit("numbers", 1);
    expect(take(client)).toEqual([
      `2["position","north","${seen?.offset}"]`,
      `2["tick","${seen?.offset}"]`,
      '2["numbers",1]',
    ]);
    client.lose();
    bench.io.emit("missed");
    expect(events(bench.seat({ pid, offset: seen?.offset }).client)).toEqual([["missed"]]);
  });

  test("an event with an acknowledgement carries none, as it ends in a function for its listener", () => {
    const bench = new RecoveryBench();
    const { client, socket } = bench.seat();
    socket.emit("question", "why", () => {});
    bench.io.emit("everybody", "why", () => {});
    expect(take(client)).toEqual(['20["question","why"]', '21["everybody","why"]']);
  });

  test("a broadcast is encoded once, its offset included", () => {
    let calls = 0;
    const bench = new RecoveryBench();
    const clients = Array.from({ length: 3 }, () => bench.seat().client);
    bench.io.emit("counted", { toJSON: () => ++calls });
    expect(calls).toBe(1);
    const sent = clients.map((client) => take(client));
    expect(new Set(sent.flat()).size).toBe(1);
    expect(sent[0]).toHaveLength(1);
  });

  test("what a listener sends in the middle of a broadcast leaves after it, to those who were meant then", () => {
    const bench = new RecoveryBench();
    const first = bench.seat();
    const second = bench.seat();
    second.socket.join("r");
    let isFirst = true;
    first.socket.onAnyOutgoing(() => {
      if (!isFirst) return;
      isFirst = false;
      bench.io.to("r").emit("nested");
      second.socket.emit("direct");
      second.socket.volatile.emit("volatile", "v");
      second.socket.leave("r");
    });
    bench.io.emit("outer");
    const got = heard(second.client);
    expect(got.map(({ event }) => event[0])).toEqual(["outer", "nested", "direct", "volatile"]);
    const offsets = got.map(({ offset }) => offset);
    expect(offsets).toEqual([...offsets].sort());
  });

  test("data that sends events while it is encoded gets the later offset; if it never stops, its event is refused", () => {
    const bench = new RecoveryBench();
    const { client, socket } = bench.seat();
    let once = true;
    const nested = {
      toJSON() {
        if (once) socket.emit("nested");
        once = false;
        return 1;
      },
    };
    socket.emit("outer", nested);
    const got = heard(client);
    expect(got.map(({ event }) => event)).toEqual([["nested"], ["outer", 1]]);
    expect(String(got[0]?.offset) < String(got[1]?.offset)).toBe(true);
    const endless = { toJSON: () => void socket.emit("nested") };
    expect(() => socket.emit("outer", endless)).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  });

  test("catch-all listeners for what goes out do not see the offset", () => {
    const bench = new RecoveryBench();
    const { socket } = bench.seat();
    const seen: unknown[] = [];
    socket.onAnyOutgoing((...args) => seen.push(args));
    socket.emit("direct", 1);
    bench.io.emit("broadcast", 2);
    expect(seen).toEqual([
      ["direct", 1],
      ["broadcast", 2],
    ]);
  });

  test("an event that is sent before the client is let in does not spoil its offset", () => {
    const bench = new RecoveryBench();
    bench.io.use((socket, next) => {
      socket.emit("welcome", "text");
      next();
    });
    const client = bench.open();
    client.write("0");
    const [welcome, joined] = take(client).map(String);
    const { pid } = JSON.parse(String(joined).slice(1)) as { pid: string };
    const offset = String((JSON.parse(String(welcome).slice(1)) as unknown[]).at(-1));
    client.lose();
    bench.io.emit("missed");
    const back = bench.seat({ pid, offset });
    expect(events(back.client).map(([event]) => event)).toEqual(["missed"]);
  });
});
