import { createInMemoryAdapter } from "@halyard/adapter";
import type { Adapter, AdapterHost } from "@halyard/contracts";
import { expect, test } from "vitest";
import { RecoveryBench, events, lastOffset, type Seat } from "./recovery-bench.fixture.ts";

function setUp(skipMiddlewares = true) {
  const hosts: AdapterHost[] = [];
  const adapter = (host: AdapterHost): Adapter => {
    hosts.push(host);
    return createInMemoryAdapter()(host);
  };
  const bench = new RecoveryBench({ skipMiddlewares }, { adapter });
  const onGap = (): void => hosts[0]?.onGap?.();
  return { bench, onGap };
}

const outcome = ({ socket }: Seat): unknown => socket.recoveryFailure ?? socket.recovered;

test("who is away while messages of other servers may be lost begins anew", () => {
  const { bench, onGap } = setUp();
  const { client, pid } = bench.seat();
  bench.io.emit("before");
  const offset = lastOffset(client);
  client.lose();
  bench.io.emit("missed");
  onGap();
  bench.io.emit("missed, too");
  const back = bench.seat({ pid, offset });
  expect(outcome(back)).toBe("history lost");
  expect(events(back.client)).toEqual([]);
});

test("who may have been away without the server's knowledge begins anew, and whoever got something since does not", () => {
  const { bench, onGap } = setUp();
  const [deaf, present] = [bench.seat(), bench.seat()];
  bench.io.emit("before");
  const before = lastOffset(deaf.client);
  onGap();
  bench.io.emit("after");
  const after = lastOffset(present.client);
  for (const { client } of [deaf, present]) client.lose();
  bench.io.emit("missed");
  expect(outcome(bench.seat({ pid: deaf.pid, offset: before }))).toBe("history lost");
  const back = bench.seat({ pid: present.pid, offset: after });
  expect(outcome(back)).toBe(true);
  expect(events(back.client)).toEqual([["missed"]]);
});

test("who comes after it has nothing to do with it, though nothing is sent in between", () => {
  const { bench, onGap } = setUp();
  bench.seat();
  onGap();
  const { client, pid } = bench.seat();
  client.lose();
  bench.io.emit("missed");
  const back = bench.seat({ pid });
  expect(outcome(back)).toBe(true);
  expect(events(back.client)).toEqual([["missed"]]);
});

test("who is coming back is not let in with what is not whole any more", () => {
  const { bench, onGap } = setUp(false);
  const waiting: (() => void)[] = [];
  let isSlow = false;
  bench.io.use((_, next) => (isSlow ? void waiting.push(next) : next()));
  const { client, pid } = bench.seat();
  client.lose();
  isSlow = true;
  const again = bench.open();
  again.write(`0{"pid":"${pid}"}`);
  onGap();
  for (const proceed of waiting) proceed();
  expect(again.readyState).toBe("closed");
  isSlow = false;
  expect(outcome(bench.seat({ pid }))).toBe("history lost");
});
