import { expect, test } from "vitest";
import { events, heard, lastOffset, RecoveryBench } from "./recovery-bench.fixture.ts";
import type { FakeClient } from "../fake-client.fixture.ts";

function setUp() {
  const bench = new RecoveryBench({}, { overflow: "drop" });
  const { client, socket, pid } = bench.seat();
  socket.emit("seen");
  return { bench, client, socket, pid, offset: lastOffset(client) };
}

/** Whatever is sent meanwhile finds no room. */
function whileSlow(client: FakeClient, send: () => void): void {
  client.maxBufferedBytes = 1;
  client.bufferedBytes = 1;
  send();
  client.maxBufferedBytes = Number.POSITIVE_INFINITY;
  client.bufferedBytes = 0;
}

test("what was dropped for a slow client is replayed, if it has got nothing since", () => {
  const { bench, client, socket, pid, offset } = setUp();
  whileSlow(client, () => {
    socket.emit("own");
    bench.io.emit("all");
    socket.volatile.emit("volatile");
  });
  expect(client.sent).toEqual([]);
  client.lose();
  const back = bench.seat({ pid, offset });
  expect(back.socket.recovered).toBe(true);
  expect(events(back.client)).toEqual([["own"], ["all"]]);
  // it has everything now
  bench.io.emit("later");
  const later = lastOffset(back.client);
  back.client.lose();
  expect(bench.seat({ pid, offset: later }).socket.recovered).toBe(true);
});

test.each(["own", "all", "volatile"])(
  "a client that got something after what was dropped is not recovered: %s",
  (kind) => {
    const { bench, client, socket, pid } = setUp();
    whileSlow(client, () => (kind === "own" ? bench.io.emit("dropped") : socket.emit("dropped")));
    if (kind === "own") socket.emit("got");
    else if (kind === "all") bench.io.emit("got");
    else socket.volatile.emit("got", "text");
    const [{ event, offset } = { event: [], offset: "" }] = heard(client);
    expect(event[0]).toBe("got");
    client.lose();
    expect(bench.seat({ pid, offset }).socket).toMatchObject({ recovered: false, recoveryFailure: "packets dropped" });
  },
);

test("volatile packets that are dropped are no loss", () => {
  const { bench, client, socket, pid } = setUp();
  whileSlow(client, () => {
    socket.volatile.emit("dropped", "text");
    bench.io.volatile.emit("dropped");
  });
  socket.emit("got");
  const offset = lastOffset(client);
  client.lose();
  expect(bench.seat({ pid, offset }).socket.recovered).toBe(true);
});

test("what is dropped in the middle of another delivery counts, too", () => {
  const { bench, client, socket, pid } = setUp();
  let isFirst = true;
  socket.onAnyOutgoing(() => {
    if (!isFirst) return;
    isFirst = false;
    socket.emit("waits for the delivery to end");
  });
  whileSlow(client, () => bench.io.emit("dropped"));
  expect(client.sent).toEqual([]);
  socket.emit("got");
  const offset = lastOffset(client);
  client.lose();
  expect(bench.seat({ pid, offset }).socket.recoveryFailure).toBe("packets dropped");
});
