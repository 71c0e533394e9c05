import type { Socket as ClientSocket } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connected } from "./channels.ts";
import { clientEnds } from "./ends.ts";
import { timesPerSecond } from "./rate.ts";
import { eventually } from "./redis/eventually.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { SessionProcess, type Entry } from "./redis/session-process.ts";
import { startSwitchLine, type SwitchLine } from "./redis/switch-line.ts";
import { Tally } from "./redis/tally.ts";

const CLIENTS = 12;
const TIMEOUT_MS = 300_000;

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});

afterAll(async () => {
  await redis.kill();
});

/** A client that stays while servers come and go. */
interface Survivor {
  readonly client: ClientSocket;
  readonly line: SwitchLine;
  readonly tally: Tally;
  readonly entries: Entry[];
}

class Scene {
  readonly survivors: Survivor[] = [];
  #n = 0;

  async start(name: string, adapter?: "streams"): Promise<SessionProcess> {
    const onEntry = (entry: Entry): void => void this.survivors[entry.index]?.entries.push(entry);
    return await SessionProcess.start(name, redis.port, onEntry, adapter);
  }

  async enter(node: SessionProcess, end: (typeof clientEnds)[number]): Promise<void> {
    const index = this.survivors.length;
    const line = await startSwitchLine(node.port);
    const options = { transports: ["websocket"], reconnectionDelay: 5, reconnectionDelayMax: 50 };
    const manager = new end.Manager(`http://127.0.0.1:${line.port}`, options);
    const client = manager.socket("/", { auth: { index } });
    onTestFinished(() => {
      manager.reconnection(false);
      client.disconnect();
    });
    const tally = new Tally();
    client.on("n", (sender, n) => tally.receive(sender, n));
    this.survivors.push({ client, line, tally, entries: [] });
    await connected(client);
  }

  /** Has some of the servers send 200 events a second while something happens. */
  async during(senders: readonly SessionProcess[], happening: Promise<unknown>): Promise<void> {
    let isOver = false;
    const watched = happening.finally(() => (isOver = true));
    let rounds = 0;
    for await (const _ of timesPerSecond(200)) {
      if (isOver && rounds >= 50) break;
      const sender = senders[rounds++ % senders.length];
      this.#n++;
      for (const { tally } of this.survivors) tally.expect(sender?.name ?? "", this.#n);
      sender?.send(this.#n);
    }
    await watched;
  }

  async isBack(survivors: readonly Survivor[], times: number): Promise<void> {
    await eventually("everybody is back", () =>
      survivors.every(({ client, entries }) => client.connected && entries.length >= times),
    );
  }

  /** Whoever was recovered all the time has everything once, in order. */
  async settle(): Promise<readonly Survivor[]> {
    const recovered = this.survivors.filter(({ entries }) => entries.slice(1).every((entry) => entry.recovered));
    await eventually("everything has arrived", () => recovered.every(({ tally }) => tally.isComplete));
    for (const { tally } of recovered) expect(tally.got).toEqual(tally.meant);
    return recovered;
  }
}

const [stock, ours] = clientEnds.filter(({ generation }) => generation === 4);
const options = { timeout: TIMEOUT_MS };

test("clients of servers that are killed recover on the others", options, () => killTwo(stock ?? never()));

test.each([
  ["stock", stock ?? never()],
  ["our", ours ?? never()],
])("over streams %s clients recover on a server that has started after theirs was killed", options, (_name, end) =>
  startLate(end),
);

test("nobody loses anything while all servers are replaced, one after the other", options, () =>
  replaceAll(ours ?? never()),
);

function failuresOf(survivors: readonly Survivor[]): unknown[] {
  return survivors.flatMap(({ entries }) =>
    entries.slice(1).flatMap((entry) => (entry.recovered ? [] : entry.recoveryFailure)),
  );
}

async function killTwo(end: (typeof clientEnds)[number]): Promise<void> {
  const scene = new Scene();
  const nodes = await Promise.all(["a", "b", "c"].map((name) => scene.start(name)));
  const [a, b, c] = nodes as [SessionProcess, SessionProcess, SessionProcess];
  for (const node of nodes) await node.sees(3);
  for (let n = 0; n < CLIENTS; n++) await scene.enter(n % 3 === 2 ? b : a, end);
  await scene.isBack(scene.survivors, 1);

  // nothing is on its way to Redis from a server that has nothing more to say
  await scene.during([b, c], Promise.resolve());
  await scene.settle();
  const victims = scene.survivors.filter((_, index) => index % 3 !== 2);
  await a.kill();
  victims.forEach(({ line }, index) => line.move(index % 2 === 0 ? b.port : c.port, "reset"));
  await scene.during([b, c], scene.isBack(victims, 2));
  await scene.settle();
  expect(failuresOf(victims)).toEqual([]);
  for (const { entries } of victims) expect(entries.at(-1)?.visits).toBe(2);

  // now with events on their way
  const others = scene.survivors.filter((_, index) => index % 3 === 2);
  const kill = async (): Promise<void> => {
    await b.kill();
    for (const { line } of scene.survivors) line.move(c.port, "reset");
    await scene.isBack(others, 2);
  };
  await scene.during([c], kill());
  await eventually("everybody is back", () => scene.survivors.every(({ client }) => client.connected));
  await scene.settle();
  expect(failuresOf(scene.survivors)).toEqual([]);
  for (const { client } of scene.survivors) client.disconnect();
  await c.stop();
}

async function startLate(end: (typeof clientEnds)[number]): Promise<void> {
  const scene = new Scene();
  const [a, b] = await Promise.all([scene.start("a", "streams"), scene.start("b", "streams")]);
  for (const node of [a, b]) await node.sees(2);
  for (let n = 0; n < CLIENTS; n++) await scene.enter(a, end);
  await scene.isBack(scene.survivors, 1);
  await scene.during([a, b], Promise.resolve());
  await scene.settle();
  await a.kill();
  await scene.during([b], Promise.resolve());
  const late = await scene.start("late", "streams");
  for (const { line } of scene.survivors) line.move(late.port, "reset");
  await scene.during([b, late], scene.isBack(scene.survivors, 2));
  await scene.settle();
  expect(failuresOf(scene.survivors)).toEqual([]);
  for (const { client } of scene.survivors) client.disconnect();
  for (const node of [b, late]) await node.stop();
}

async function replaceAll(end: (typeof clientEnds)[number]): Promise<void> {
  const scene = new Scene();
  const nodes = await Promise.all(["a", "b", "c"].map((name) => scene.start(name)));
  for (const node of nodes) await node.sees(3);
  for (let n = 0; n < CLIENTS; n++) await scene.enter(nodes[n % 3] ?? never(), end);
  await scene.isBack(scene.survivors, 1);
  const at = scene.survivors.map((_, index) => index % 3);
  for (const index of [0, 1, 2]) {
    const former = nodes[index] ?? never();
    const others = nodes.filter((node) => node !== former);
    const movers = scene.survivors.filter((_, survivor) => at[survivor] === index);
    const before = movers.map(({ entries }) => entries.length);
    const replace = async (): Promise<void> => {
      movers.forEach(({ line }, mover) => {
        const target = others[mover % 2] ?? never();
        line.move(target.port, "reset");
        at[scene.survivors.indexOf(movers[mover] ?? never())] = nodes.indexOf(target);
      });
      await former.stop();
      await eventually("everybody is back", () =>
        movers.every(({ client, entries }, mover) => client.connected && entries.length > (before[mover] ?? 0)),
      );
      const next = await scene.start(`${former.name}'`);
      nodes[index] = next;
      for (const node of nodes) await node.sees(3);
    };
    await scene.during(others, replace());
    // over pub/sub a server never hears what was sent before it began: the others have to have delivered that before one of them goes
    await scene.settle();
  }
  expect(failuresOf(scene.survivors)).toEqual([]);
  for (const { client } of scene.survivors) client.disconnect();
  for (const node of nodes) await node.stop();
}

function never(): never {
  throw new Error("it is there");
}
