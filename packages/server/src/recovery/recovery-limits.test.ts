import { describe, expect, test } from "vitest";
import { Bench, take } from "../fake-client.fixture.ts";
import { RecoveryBench, events, lastOffset, type Seat } from "./recovery-bench.fixture.ts";

describe("no session is kept", () => {
  test.each([
    ["the server disconnects the socket", ({ socket }: Seat) => void socket.disconnect()],
    ["the server disconnects the client", ({ socket }: Seat) => void socket.disconnect(true)],
    ["the client leaves the namespace", ({ client }: Seat) => client.write("1")],
    ["the client breaks the protocol", ({ client }: Seat) => client.lose("parse error")],
  ])("once %s", (_name, end) => {
    const bench = new RecoveryBench();
    const seat = bench.seat();
    end(seat);
    const back = bench.seat({ pid: seat.pid });
    expect(back.socket).toMatchObject({ recovered: false, recoveryFailure: "unknown session" });
    expect(back.sid).not.toBe(seat.sid);
    expect(back.pid).not.toBe(seat.pid);
  });

  test("once a listener disconnects a socket whose connection is just lost", () => {
    const bench = new RecoveryBench();
    const { client, socket, pid } = bench.seat();
    socket.on("disconnecting", () => socket.disconnect());
    client.lose();
    expect(bench.seat({ pid }).socket.recovered).toBe(false);
  });

  test("of a client in another namespace, for that one", () => {
    const bench = new RecoveryBench();
    bench.io.of("/other");
    const { client, pid } = bench.seat();
    client.lose();
    const other = bench.open();
    other.write(`0/other,{"pid":"${pid}"}`);
    expect(take(other).map(String)[0]).not.toContain(pid);
    expect(bench.seat({ pid }).socket.recovered).toBe(true);
  });

  test.each([
    "transport close",
    "transport error",
    "ping timeout",
    "forced close",
    "forced server close",
    "server shutting down",
    "slow consumer",
  ] as const)("only on purpose: after %s the client may come back", (reason) => {
    const bench = new RecoveryBench();
    const { client, pid } = bench.seat();
    client.lose(reason);
    expect(bench.seat({ pid }).socket.recovered).toBe(true);
  });
});

describe("limits", () => {
  test("maxDisconnectionDuration: who is away longer gets a new session", () => {
    const bench = new RecoveryBench({ maxDisconnectionDuration: 1_000 });
    const one = bench.seat();
    const two = bench.seat();
    one.client.lose();
    two.client.lose();
    bench.clock.advance(999);
    expect(bench.seat({ pid: one.pid }).socket.recovered).toBe(true);
    bench.clock.advance(1);
    expect(bench.seat({ pid: two.pid }).socket).toMatchObject({
      recovered: false,
      recoveryFailure: "unknown session",
    });
  });

  test("maxLostSessions: the client that left first is given up", () => {
    const bench = new RecoveryBench({ maxLostSessions: 2 });
    const seats = Array.from({ length: 3 }, () => bench.seat());
    for (const { client } of seats) client.lose();
    const recovered = seats.map(({ pid }) => bench.seat({ pid }).socket.recovered);
    expect(recovered).toEqual([false, true, true]);
  });

  test.each([
    ["maxLogPackets", { maxLogPackets: 3 }, () => {}],
    ["maxLogBytes", { maxLogBytes: 3 * 400 }, () => {}],
    ["maxLogAge", { maxLogAge: 1_000 }, (bench: Bench) => bench.clock.advance(300)],
  ] as const)(
    "%s: a client that may have missed more than is kept gets a new session, never a gap",
    (_, options, wait) => {
      for (const missed of [3, 4]) {
        const bench = new RecoveryBench(options);
        const { client, pid } = bench.seat();
        client.lose();
        for (let n = 0; n < missed; n++) {
          bench.io.emit("missed", n, "x".repeat(100));
          wait(bench);
        }
        const back = bench.seat({ pid });
        if (missed === 3) expect(events(back.client).map(([, n]) => n)).toEqual([0, 1, 2]);
        else expect(back.socket).toMatchObject({ recovered: false, recoveryFailure: "history lost" });
        if (missed === 4) expect(take(back.client)).toEqual([]);
      }
    },
  );

  test("the limits of the log are for all namespaces together", () => {
    const bench = new RecoveryBench({ maxLogPackets: 3 });
    const other = bench.open();
    bench.io.of("/other");
    other.write("0/other,");
    const { client, pid } = bench.seat();
    client.lose();
    bench.io.emit("missed");
    for (let n = 0; n < 3; n++) bench.io.of("/other").emit("busy");
    expect(bench.seat({ pid }).socket.recoveryFailure).toBe("history lost");
  });

  test("maxReplayBytes: a client that has missed more gets a new session", () => {
    for (const [size, recoveryFailure] of [
      [900, undefined],
      [1_000, "backlog too large"],
    ] as const) {
      const bench = new RecoveryBench({ maxReplayBytes: 1_000 });
      const { client, pid } = bench.seat();
      client.lose();
      bench.io.emit("missed", "x".repeat(size));
      expect(bench.seat({ pid }).socket.recoveryFailure).toBe(recoveryFailure);
    }
  });

  test("maxReplayBytes, crossed while a middleware runs: the client has to come again", () => {
    const bench = new RecoveryBench({ maxReplayBytes: 1_000, skipMiddlewares: false });
    let proceed = (): void => {};
    bench.io.use((socket, next) => (socket.recovered ? (proceed = next) : next()));
    const { client, pid } = bench.seat();
    client.lose();
    const again = bench.open();
    again.write(`0{"pid":"${pid}"}`);
    bench.io.emit("meanwhile", "x".repeat(1_000));
    proceed();
    expect(again.readyState).toBe("closed");
    expect(take(again)).toEqual([]);
    expect(bench.sockets).toHaveLength(1);
    expect(bench.io.sockets.sockets.size).toBe(0);
    expect(bench.seat({ pid }).socket.recoveryFailure).toBe("backlog too large");
  });

  test("what is no offset, or one that was never given out, gets a new session", () => {
    const bench = new RecoveryBench();
    for (const show of ["", "x", "12345678", 7, {}, "_", "next"]) {
      const { client, socket, pid } = bench.seat();
      socket.emit("seen");
      const offset = lastOffset(client);
      client.lose();
      const back = bench.seat({ pid, offset: show === "next" ? `${offset.slice(0, 9)}zzz` : show });
      expect(back.socket.recoveryFailure).toBe("invalid offset");
      expect(bench.seat({ pid }).socket.recoveryFailure).toBe("unknown session");
    }
  });

  test("a pid that is no text is ignored", () => {
    const bench = new RecoveryBench();
    expect(bench.seat({ pid: 7 }).socket).toMatchObject({ recovered: false, recoveryFailure: undefined });
  });

  test("numbers are checked", () => {
    for (const name of ["maxDisconnectionDuration", "maxLogAge", "maxLogPackets", "maxLogBytes", "maxReplayBytes"]) {
      const recovery: Record<string, unknown> = { [name]: "many" };
      expect(() => new RecoveryBench(recovery)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });
});

describe("what it costs", () => {
  test("events to rooms in which nobody could recover are not kept", () => {
    const bench = new RecoveryBench({ maxLogPackets: 1 });
    const { client, socket, pid } = bench.seat();
    const legacy = bench.open(3);
    socket.join("left");
    socket.leave("left");
    client.lose();
    bench.io.emit("missed");
    for (let n = 0; n < 5; n++) {
      bench.io.to("left").emit("to nobody");
      bench.io.to(["nowhere", legacy.id]).emit("to an old client");
      bench.io.volatile.emit("volatile");
    }
    const back = bench.seat({ pid });
    expect(back.socket.recovered).toBe(true);
    expect(events(back.client)).toEqual([["missed"]]);
  });

  test("without the option there is no pid, no offset and no session", () => {
    const bench = new Bench();
    const client = bench.open();
    client.write("0");
    bench.io.emit("plain", "text");
    const [joined, event] = take(client).map(String);
    expect(joined).toMatch(/^0{"sid":"[^"]+"}$/);
    expect(event).toBe('2["plain","text"]');
    expect(bench.clock.pendingCount).toBe(0);
  });

  test("clients of Engine.IO 3 have no session, and see no offset in what is sent to them alone", () => {
    const bench = new RecoveryBench();
    const client = bench.open(3);
    bench.sockets.at(-1)?.emit("direct", "text");
    expect(take(client)).toEqual(["0", '2["direct","text"]']);
  });

  test("no timer is left once everybody is given up and the log is empty", () => {
    const bench = new RecoveryBench({ maxDisconnectionDuration: 1_000 });
    const { client } = bench.seat();
    bench.io.emit("event");
    client.lose();
    bench.clock.advance(3_000);
    expect(bench.clock.pendingCount).toBe(0);
  });

  test("an empty child namespace is freed once nobody can come back to it", () => {
    const bench = new RecoveryBench({ maxDisconnectionDuration: 1_000 }, { cleanupEmptyChildNamespaces: true });
    bench.io.of(/^\/room-\d$/);
    const client = bench.open();
    client.write("0/room-1,");
    const { pid, sid } = JSON.parse(String(take(client)[0]).slice(9)) as { pid: string; sid: string };
    client.lose();
    expect(bench.io._nsps.has("/room-1")).toBe(true);
    const again = bench.open();
    again.write(`0/room-1,{"pid":"${pid}"}`);
    expect(take(again)).toEqual([`0/room-1,{"sid":"${sid}","pid":"${pid}"}`]);
    again.lose();
    bench.clock.advance(1_000);
    expect(bench.io._nsps.has("/room-1")).toBe(false);
  });
});
