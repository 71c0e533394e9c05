import { ClusterAdapter, ClusterAdapterWithHeartbeat } from "@halyard/adapter";
import type { Untyped } from "@halyard/contracts";
import { afterEach, expect, test, vi } from "vitest";
import { Bench, take } from "../fake-client.fixture.ts";

/** Says everything to everybody, serialised. */
class Network {
  readonly nodes = new Map<string, (message: Untyped) => void>();

  carry(from: string, message: unknown): void {
    const text = JSON.stringify(message);
    for (const [name, receive] of this.nodes) if (name !== from) queueMicrotask(() => receive(JSON.parse(text)));
  }

  /** A server that has joined, and then says nothing. */
  addSilent(uid: string): void {
    this.nodes.set(uid, () => {});
    this.carry(uid, { uid, nsp: "/", type: 2 });
  }
}

class Named extends ClusterAdapterWithHeartbeat {
  readonly #network: Network;

  constructor(nsp: unknown, network: Network) {
    super(nsp, {});
    this.#network = network;
    network.nodes.set(this.uid, (message) => this.onMessage(message));
  }

  get name(): string {
    return this.uid;
  }

  protected override async doPublish(message: unknown): Promise<string> {
    this.#network.carry(this.uid, message);
    return "";
  }

  protected override async doPublishResponse(_to: string, response: unknown): Promise<void> {
    this.#network.carry(this.uid, response);
  }
}

class Counted extends ClusterAdapter {
  readonly #network: Network;

  constructor(nsp: unknown, network: Network) {
    super(nsp);
    this.#network = network;
    network.nodes.set(this.uid, (message) => this.onMessage(message));
  }

  override async serverCount(): Promise<number> {
    return this.#network.nodes.size;
  }

  protected override async doPublish(message: unknown): Promise<string> {
    this.#network.carry(this.uid, message);
    return "";
  }

  protected override async doPublishResponse(_to: string, response: unknown): Promise<void> {
    this.#network.carry(this.uid, response);
  }
}

const benches: Bench[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const bench of benches.splice(0)) await bench.io.close();
});

/** Two servers with a client each, and their own way to reach each other. */
async function pair(Adapter: typeof Named | typeof Counted) {
  vi.useFakeTimers();
  const network = new Network();
  const sides = [0, 1].map(() => {
    const bench = new Bench({ adapter: (nsp: unknown) => new Adapter(nsp, network) });
    benches.push(bench);
    return { io: bench.io, clock: bench.clock, client: bench.join() };
  });
  await vi.advanceTimersByTimeAsync(0);
  return { network, a: sides[0]!, b: sides[1]! };
}

test.each([Named, Counted])("servers reach each other through a class that extends ours: %o", async (Adapter) => {
  const { a, b } = await pair(Adapter);
  a.io.emit("x", 1);
  b.io.in("nowhere").emit("y");
  await vi.advanceTimersByTimeAsync(0);
  expect([take(a.client), take(b.client)]).toEqual([['2["x",1]'], ['2["x",1]']]);
  expect(await a.io.of("/").adapter.serverCount()).toBe(2);
  expect(await a.io.count()).toBe(2);
  a.io.socketsJoin("r");
  await vi.advanceTimersByTimeAsync(0);
  expect(await b.io.of("/").adapter.roomSizes()).toEqual(new Map([["r", 2]]));
  b.io.on("sum", (one: number, two: number, reply: (sum: number) => void) => reply(one + two));
  expect(await a.io.serverSideEmitWithAck("sum", 1, 2)).toEqual([3]);
});

test.each([
  [Named, "ghost"],
  [Counted, "unknown"],
])("what has arrived is there, and who is silent is named: %o", async (Adapter, name) => {
  const { network, a, b } = await pair(Adapter);
  b.io.on("who", (reply: (name: string) => void) => reply("b"));
  network.addSilent("ghost");
  await vi.advanceTimersByTimeAsync(0);
  const found = a.io.fetchSockets();
  const counted = a.io.timeout(1_000).count();
  const answered = a.io.serverSideEmitWithAck("who").catch((error: unknown) => error);
  const asked = a.io
    .timeout(1_000)
    .emitWithAck("who")
    .catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(0);
  for (const { client } of [a, b]) {
    const id = /^2(\d+)\["who"\]/.exec(
      take(client)
        .map(String)
        .find((packet) => packet.includes("who"))!,
    )![1];
    client.write(`3${id}["yes"]`);
  }
  await vi.advanceTimersByTimeAsync(0);
  a.clock.advance(1_000);
  await vi.advanceTimersByTimeAsync(5_000);
  const sockets = await found;
  expect([sockets.length, sockets.missingNodes]).toEqual([2, [name]]);
  expect(await counted).toBe(2);
  expect(await answered).toMatchObject({ responses: ["b"], missingNodes: [name] });
  expect(await asked).toMatchObject({ responses: ["yes", "yes"], missingNodes: [name] });
});
