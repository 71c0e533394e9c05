import { createInMemoryAdapter } from "@halyard/adapter";
import type { Adapter, AdapterHost } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import { take } from "../fake-client.fixture.ts";
import { RecoveryBench, events, lastOffset } from "./recovery-bench.fixture.ts";

describe("a client that comes back", () => {
  test("gets its id, rooms and data back, and what it has missed, in order, after the packet that lets it in", () => {
    const bench = new RecoveryBench();
    const { client, socket, sid, pid } = bench.seat();
    socket.join(["r", "s"]);
    socket.data.name = "Ada";
    socket.emit("seen", 1);
    const offset = lastOffset(client);
    client.lose();
    bench.io.emit("all", 1);
    bench.io.to("r").emit("room", 2);
    bench.io.to("elsewhere").emit("no", 3);
    bench.io.to(sid).emit("own", 4);
    bench.io.except("s").emit("no", 5);
    const back = bench.seat({ pid, offset });
    expect(back).toMatchObject({ sid, pid });
    expect(events(back.client)).toEqual([
      ["all", 1],
      ["room", 2],
      ["own", 4],
    ]);
    expect(back.socket).not.toBe(socket);
    expect(back.socket.recovered).toBe(true);
    expect(back.socket.recoveryFailure).toBeUndefined();
    expect(socket.recovered).toBe(false);
    expect([...back.socket.rooms].sort()).toEqual([sid, "r", "s"].sort());
    expect(back.socket.data).toEqual({ name: "Ada" });
    bench.io.to("r").emit("live");
    expect(events(back.client)).toEqual([["live"]]);
  });

  test("and has received nothing yet gets everything since it connected", () => {
    const bench = new RecoveryBench();
    bench.seat();
    bench.io.emit("before");
    const { client, pid } = bench.seat();
    client.lose();
    bench.io.emit("missed");
    const back = bench.seat({ pid });
    expect(back.socket.recovered).toBe(true);
    expect(events(back.client)).toEqual([["missed"]]);
  });

  test("before the server noticed that it had gone takes the session over: there is one socket at any time", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    socket.join("r");
    const ends: unknown[] = [];
    socket.on("disconnecting", () => bench.io.to("r").emit("leaving"));
    socket.on("disconnect", (reason, cause) => {
      ends.push(reason, cause, bench.io.sockets.sockets.size);
      bench.io.to("r").emit("left");
    });
    bench.io.to("r").emit("lost on the way");
    const back = bench.seat({ pid });
    expect(ends).toEqual(["transport close", expect.objectContaining({ code: "SESSION_TAKEN_OVER" }), 0]);
    expect(client.readyState).toBe("closed");
    expect(back.socket.recovered).toBe(true);
    expect(events(back.client)).toEqual([["lost on the way"], ["leaving"], ["left"]]);
    expect([...bench.io.sockets.sockets.values()]).toEqual([back.socket]);
  });

  test("again and again, with the same offset if nothing reached it, gets the same packets", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    socket.emit("seen");
    const offset = lastOffset(client);
    client.lose();
    bench.io.emit("missed", 1);
    bench.seat({ pid, offset }).client.lose();
    bench.io.emit("missed", 2);
    const back = bench.seat({ pid, offset });
    expect(events(back.client)).toEqual([
      ["missed", 1],
      ["missed", 2],
    ]);
  });

  test("after hours without an event is recovered, though the log has nothing of that time any more", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    const other = bench.seat();
    socket.emit("once");
    const offset = lastOffset(client);
    for (let hour = 0; hour < 5; hour++) {
      other.socket.emit("busy");
      bench.clock.advance(3_600_000);
    }
    client.lose();
    bench.clock.advance(60_000);
    bench.io.emit("missed");
    const back = bench.seat({ pid, offset });
    expect(back.socket.recovered).toBe(true);
    expect(events(back.client)).toEqual([["missed"]]);
  });

  test("gets what was sent to its rooms while it was in them, and nothing else", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    const witness = bench.seat();
    witness.socket.join(["early", "late"]);
    socket.join("early");
    bench.io.to("early").emit("in early");
    bench.io.to("late").emit("not in late yet");
    socket.leave("early");
    socket.join("late");
    bench.io.to("early").emit("not in early any more");
    bench.io.to("late").emit("in late");
    client.sent.length = 0; // nothing of it arrived
    client.lose();
    expect(events(bench.seat({ pid }).client)).toEqual([["in early"], ["in late"]]);
  });

  test("gets what its former socket object sends, wherever it is by now", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    client.lose();
    socket.emit("answer", 1);
    socket.volatile.emit("lost", 2);
    const back = bench.seat({ pid });
    expect(events(back.client)).toEqual([["answer", 1]]);
    socket.emit("answer", 3);
    expect(events(back.client)).toEqual([["answer", 3]]);
  });

  test("with an offset of a former session, or of another server, gets everything since it connected", () => {
    const bench = new RecoveryBench();
    const first = bench.seat();
    first.socket.emit("old");
    const offset = lastOffset(first.client);
    first.client.write("1");
    for (const stale of [offset, "AAAAAAAA.z"]) {
      bench.io.emit("between");
      const { client, pid } = bench.seat();
      client.lose();
      bench.io.emit("missed");
      const back = bench.seat({ pid, offset: stale });
      expect(back.socket.recovered).toBe(true);
      expect(events(back.client)).toEqual([["missed"]]);
    }
  });
});

test("recovery is apart from the adapter: what other servers send is kept, and what goes to one client is not published", () => {
  const published: unknown[] = [];
  const hosts: AdapterHost[] = [];
  const adapter = (host: AdapterHost): Adapter => {
    hosts.push(host);
    return { ...createInMemoryAdapter()(host), publish: (command) => published.push(command) };
  };
  const bench = new RecoveryBench({}, { adapter });
  const { client, socket, pid } = bench.seat();
  socket.join("r");
  socket.emit("private");
  bench.io.to("r").emit("public", "text");
  expect(published).toEqual([
    { kind: "broadcast", to: { rooms: ["r"], except: [] }, data: ["public", "text"], volatile: false, compress: true },
  ]);
  const offset = lastOffset(client);
  client.lose();
  hosts[0]?.execute({ kind: "broadcast", to: { rooms: ["r"], except: [] }, data: ["from another server", "text"] });
  expect(events(bench.seat({ pid, offset }).client)).toEqual([["from another server", "text"]]);
});

describe("middlewares", () => {
  test("are skipped by a client that comes back, unless skipMiddlewares is false", () => {
    for (const skipMiddlewares of [undefined, true, false]) {
      const bench = new RecoveryBench(skipMiddlewares === undefined ? {} : { skipMiddlewares });
      const passed: unknown[] = [];
      bench.io.use((socket, next) => {
        passed.push([socket.recovered, socket.data.n]);
        socket.data.n = 1;
        next();
      });
      const { client, pid } = bench.seat();
      client.lose();
      bench.seat({ pid });
      bench.seat({ pid: "nobody's" });
      const again = skipMiddlewares === false ? [[true, 1]] : [];
      expect(passed).toEqual([[false, undefined], ...again, [false, undefined]]);
    }
  });

  test("find a client that comes back in its rooms; what they do to these counts once it is let in", () => {
    const bench = new RecoveryBench({ skipMiddlewares: false });
    const found: unknown[] = [];
    bench.io.use((socket, next) => {
      if (socket.recovered) {
        found.push([...socket.rooms].sort(), socket.data, bench.io.sockets.adapter.rooms.get("r")?.has(socket.id));
        socket.leave("left");
        socket.join("joined");
      }
      next();
    });
    const { client, socket, pid, sid } = bench.seat();
    socket.data.name = "Ada";
    socket.join(["r", "left"]);
    client.lose();
    bench.io.to("left").emit("before it left");
    const back = bench.seat({ pid });
    expect(found).toEqual([[sid, "left", "r"].sort(), { name: "Ada" }, true]);
    expect([...back.socket.rooms].sort()).toEqual([sid, "joined", "r"].sort());
    expect(events(back.client)).toEqual([["before it left"]]);
    bench.io.to("left").emit("no");
    bench.io.to(["joined", "r"]).emit("live");
    expect(events(back.client)).toEqual([["live"]]);
    back.client.lose();
    bench.io.to("left").emit("no");
    bench.io.to("joined").emit("missed");
    expect(events(bench.seat({ pid }).client).at(-1)).toEqual(["missed"]);
  });

  test("that take their time do not make a gap: what is sent meanwhile comes after what was missed", () => {
    const bench = new RecoveryBench({ skipMiddlewares: false });
    let proceed = (): void => {};
    bench.io.use((socket, next) => {
      proceed = () => {
        socket.join("late");
        next();
      };
      if (!socket.recovered) proceed();
    });
    const { client, socket, pid, sid } = bench.seat();
    socket.join("r");
    client.lose();
    bench.io.to("r").emit("missed");
    const again = bench.open();
    again.write(`0{"pid":"${pid}"}`);
    bench.io.to("r").emit("meanwhile");
    socket.emit("from the former object");
    expect(take(again)).toEqual([]);
    proceed();
    bench.io.to("late").emit("live");
    const [joined, ...rest] = take(again).map(String);
    expect(joined).toBe(`0{"sid":"${sid}","pid":"${pid}"}`);
    expect(rest.map((message) => JSON.parse(message.slice(1))[0])).toEqual([
      "missed",
      "meanwhile",
      "from the former object",
      "live",
    ]);
  });

  test("that let a client in while something is sent to all: it hears that once", () => {
    const bench = new RecoveryBench({ skipMiddlewares: false });
    let proceed = (): void => {};
    bench.io.use((socket, next) => (socket.recovered ? (proceed = next) : next()));
    const other = bench.seat();
    const { client, pid } = bench.seat();
    client.lose();
    const again = bench.open();
    again.write(`0{"pid":"${pid}"}`);
    other.socket.onAnyOutgoing(() => proceed());
    bench.io.emit("once");
    bench.io.emit("twice");
    expect(again.sent.shift()).toContain(pid);
    expect(events(again)).toEqual([["once"], ["twice"]]);
  });

  test("that refuse a client leave its session as it was", () => {
    const bench = new RecoveryBench({ skipMiddlewares: false });
    let refuse = false;
    bench.io.use((socket, next) => {
      if (refuse) socket.join("refused");
      next(refuse ? new Error("expired") : undefined);
    });
    const { client, socket, pid } = bench.seat();
    socket.join("r");
    client.lose();
    refuse = true;
    const refused = bench.open();
    refused.write(`0{"pid":"${pid}"}`);
    expect(take(refused)).toEqual(['4{"message":"expired"}']);
    bench.io.to("r").emit("missed");
    refuse = false;
    const back = bench.seat({ pid });
    expect(events(back.client)).toEqual([["missed"]]);
    expect(back.socket.rooms).toEqual(new Set([back.sid, "r"]));
  });

  test("a client that comes back twice while they run gets the session over the second connection", () => {
    const bench = new RecoveryBench({ skipMiddlewares: false });
    const waiting: (() => void)[] = [];
    let isSlow = false;
    bench.io.use((_socket, next) => (isSlow ? void waiting.push(next) : next()));
    const { client, pid } = bench.seat();
    client.lose();
    isSlow = true;
    bench.io.emit("missed");
    const [one, two] = [bench.open(), bench.open()];
    one.write(`0{"pid":"${pid}"}`);
    two.write(`0{"pid":"${pid}"}`);
    expect(one.readyState).toBe("closed");
    for (const proceed of waiting) proceed();
    expect(take(one)).toEqual([]);
    expect(take(two).map((message) => String(message).slice(0, 3))).toEqual(['0{"', '2["']);
    expect(bench.io.sockets.sockets.size).toBe(1);
  });
});
