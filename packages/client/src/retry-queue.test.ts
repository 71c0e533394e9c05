import { describe, expect, test, vi } from "vitest";
import { Rig } from "./testing/fake-engine.ts";

function retrying(): { rig: Rig; socket: ReturnType<Rig["manager"]["socket"]> } {
  const rig = new Rig();
  return { rig, socket: rig.manager.socket("/", { retries: 2, ackTimeout: 100 }) };
}

test("events go one at a time, in order, each after the acknowledgement of the last", () => {
  const { rig, socket } = retrying();
  const answered = vi.fn();
  socket.emit("one", answered);
  socket.emit("two");
  rig.accept();
  expect(rig.engine.sent).toEqual(['20["one"]']);
  rig.engine.receive('30["ok"]');
  expect(answered).toHaveBeenCalledWith(null, "ok");
  expect(rig.engine.sent.slice(1)).toEqual(['21["two"]']);
  rig.engine.receive("31[]");
  rig.clock.advance(1_000);
  expect(rig.engine.sent).toHaveLength(2);
});

test("an event is sent again until it is out of retries; then its callback fails and the next goes", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const failed = vi.fn();
  socket.emit("one", failed);
  socket.emit("two");
  rig.clock.advance(300);
  expect(rig.engine.sent).toEqual(['20["one"]', '20["one"]', '20["one"]', '21["two"]']);
  expect(failed).toHaveBeenCalledTimes(1);
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: "ACK_TIMEOUT" }));
});

test("an answer to any of the attempts counts, once; to an event that was given up, not at all", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const [first, second] = [vi.fn(), vi.fn()];
  socket.emit("one", first);
  socket.emit("two", second);
  rig.clock.advance(100);
  rig.engine.receive('30["late"]', '30["and again"]');
  expect(first.mock.calls).toEqual([[null, "late"]]);
  rig.clock.advance(300);
  rig.engine.receive('31["too late"]');
  expect(second.mock.calls).toEqual([[expect.objectContaining({ code: "ACK_TIMEOUT" })]]);
});

test("what is emitted after a sleep is sent once, on the next connection", () => {
  const { rig, socket } = retrying();
  rig.accept();
  rig.engine.pingExpired = true;
  socket.emit("one");
  rig.engine.end("ping timeout");
  rig.clock.advance(1_000);
  rig.accept();
  expect(rig.engine.sent).toEqual(['20["one"]']);
});

test("what was under way when the connection was lost is sent again on the next", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const answered = vi.fn();
  socket.emit("one", answered);
  rig.engine.end("transport close");
  rig.clock.advance(1_000);
  rig.accept();
  expect(rig.engine.sent).toEqual(['20["one"]']);
  rig.engine.receive('30["ok"]');
  expect(answered).toHaveBeenCalledTimes(1);
  expect(answered).toHaveBeenCalledWith(null, "ok");
});

test("without an ackTimeout, answers still settle", () => {
  const rig = new Rig();
  const socket = rig.manager.socket("/", { retries: 1 });
  rig.accept();
  const answered = vi.fn();
  socket.emit("one", answered);
  socket.emit("two");
  rig.engine.receive('30["ok"]');
  expect(answered).toHaveBeenCalledWith(null, "ok");
  expect(rig.engine.sent).toEqual(['20["one"]', '21["two"]']);
});

test("an event that cannot be encoded fails and makes way", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const failed = vi.fn();
  socket.emit("bad", 1n, failed);
  socket.emit("good");
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  expect(rig.engine.sent).toEqual(['21["good"]']);
});

test("volatile events do not queue", () => {
  const { rig, socket } = retrying();
  rig.accept();
  socket.emit("one");
  socket.volatile.emit("now");
  expect(rig.engine.sent).toEqual(['20["one"]', '2["now"]']);
});

test("ids of events outside of the queue are apart, so that none in it looks like a repetition", () => {
  const { rig, socket } = retrying();
  rig.accept();
  const answered = vi.fn();
  socket.volatile.emit("now", answered);
  socket.emit("one");
  expect(rig.engine.sent).toEqual(['24503599627370496["now"]', '20["one"]']);
  rig.engine.receive('34503599627370496["soon"]');
  expect(answered).toHaveBeenCalledWith(null, "soon");
});

describe("with a server that tells repetitions", () => {
  function windowed(retryWindow: number): { rig: Rig; socket: ReturnType<Rig["manager"]["socket"]> } {
    const rig = new Rig();
    return { rig, socket: rig.manager.socket("/", { retries: 9, retryWindow }) };
  }

  function keyIn(rig: Rig): unknown {
    const [packet] = rig.engine.packets();
    return packet?.type === "connect" && packet.data?.["~"];
  }

  test("the queue shows the same key on every connection, and no other queue shows it", () => {
    const { rig } = retrying();
    rig.engine.open();
    const key = keyIn(rig);
    expect(key).toMatch(/^\d+,\d+,\d+,\d+$/);
    rig.engine.end("transport close");
    rig.clock.advance(1_000);
    rig.engine.open();
    expect(keyIn(rig)).toBe(key);
    const other = retrying().rig;
    other.engine.open();
    expect(keyIn(other)).not.toBe(key);
  });

  test("what the application sends as auth stays beside it", () => {
    const rig = new Rig();
    rig.manager.socket("/", { retries: 1, auth: { token: "a" } });
    rig.engine.open();
    expect(rig.engine.packets()).toMatchObject([{ data: { token: "a", "~": expect.any(String) } }]);
  });

  test("several events may be under way, as many as both ends allow, and go in order again on the next connection", () => {
    const { rig, socket } = windowed(3);
    for (const n of [1, 2, 3, 4, 5]) socket.emit("n", n);
    rig.accept("/", { sid: "a", "~": 2 });
    expect(rig.engine.sent).toEqual(['20["n",1]', '21["n",2]']);
    rig.engine.receive("31[]");
    expect(rig.engine.sent.slice(2)).toEqual(['22["n",3]']);
    rig.engine.end("transport close");
    rig.clock.advance(1_000);
    rig.accept("/", { sid: "b", "~": 64 });
    expect(rig.engine.sent).toEqual(['20["n",1]', '22["n",3]', '23["n",4]']);
  });

  test("one at a time is under way unless the application wants more, and to any other server", () => {
    for (const [retryWindow, reply] of [
      [undefined, { sid: "a", "~": 64 }],
      [3, { sid: "a" }],
      [3, { sid: "a", "~": "64" }],
    ] as const) {
      const rig = new Rig();
      const socket = rig.manager.socket("/", { retries: 9, ...(retryWindow && { retryWindow }) });
      rig.accept("/", reply);
      socket.emit("one").emit("two");
      expect(rig.engine.sent).toEqual(['20["one"]']);
    }
  });

  test("what a listener sends on hearing of an event goes after it", () => {
    const { rig, socket } = windowed(3);
    rig.accept("/", { sid: "a", "~": 3 });
    socket.onAnyOutgoing((event) => void (event === "one" && socket.emit("two")));
    socket.emit("one");
    expect(rig.engine.sent).toEqual(['20["one"]', '21["two"]']);
  });
});

test("emitWithAck works through the queue", async () => {
  const { rig, socket } = retrying();
  rig.accept();
  const answer = socket.emitWithAck("one");
  rig.engine.receive('30["ok"]');
  await expect(answer).resolves.toBe("ok");
});
