import { createServer } from "node:http";
import type { Server } from "socket.io";
import { describe, expect, test } from "vitest";
import { pairs, serverEnds, type ServerEnd } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { serving } from "./listening.ts";
import { inParallel } from "./parallel.ts";
import { Random, seedOf } from "./random.ts";
import { openWebSocket, rawPolling } from "./raw.ts";
import { connected, upgraded } from "./rig.ts";

/** Upgrades under way at a time. */
const CONCURRENCY = 16;

/** Upgrades by pair: a thousand for ours, and a few to see that the test is fair to the incumbent. */
const rounds = (ours: boolean): number => (ours ? 334 : 60);

/** What one end sends in the course of one upgrade: so many events, after so many turns of the event loop each. */
type Script = readonly number[];

interface Plan {
  readonly id: number;
  readonly up: Script;
  readonly down: Script;
}

describe("a thousand upgrades with traffic in both directions", () => {
  for (const pair of pairs) {
    const count = rounds(pair.server.ours || pair.client.ours);
    test(`${pair.name}: nothing is lost, repeated or reordered`, { timeout: 240_000 }, async () => {
      const random = new Random(seedOf(pair.name));
      const server = await startServer(pair.server);
      await forEach(plans(random, count), async (plan) => {
        const client = pair.client.io(server.url, {
          forceNew: true,
          reconnection: false,
          auth: plan,
        });
        const down: unknown[] = [];
        client.on("down", (n, bytes) => down.push(bytes ? [n, ...bytes] : [n]));
        await connected(client);
        const finished = once(client, "finished", { unless: ["disconnect"] });
        finished.catch(() => {}); // if something else fails first
        await play(plan.up, (n) => client.emit("up", n, ...attachment(n)));
        await upgraded(client);
        // Polling for a last time may still be under way; the answer comes over the new transport.
        const up = await new Promise<unknown[]>((resolve) => client.emit("finish", resolve));
        await finished;
        expect([plan.id, up]).toEqual([plan.id, sequence(plan.up)]);
        expect([plan.id, down]).toEqual([plan.id, sequence(plan.down)]);
        const gone = once(client, "disconnect");
        client.close();
        await gone;
      });
      await server.expectEmpty();
    });
  }

  for (const end of serverEnds) {
    test(
      `server ${end.name} × raw requests: nothing is lost, repeated or reordered`,
      { timeout: 240_000 },
      async () => {
        const random = new Random(seedOf(`server ${end.name}, raw`));
        const server = await startServer(end);
        await forEach(plans(random, rounds(end.ours)), (plan) => upgradeByHand(server.port, plan, random));
        await server.expectEmpty();
      },
    );
  }
});

interface TestServer {
  readonly url: string;
  readonly port: number;
  expectEmpty(): Promise<void>;
}

async function startServer(end: ServerEnd): Promise<TestServer> {
  const host = createServer();
  const io: Server = new end.Server(host);
  io.on("connection", (socket) => {
    const { down } = socket.handshake.auth as Plan;
    const up: unknown[] = [];
    socket.on("up", (n, bytes) => up.push(bytes ? [n, ...bytes] : [n]));
    const sent = play(down, (n) => socket.emit("down", n, ...attachment(n)));
    socket.on("finish", (answer) => {
      void sent.then(() => {
        socket.emit("finished");
        answer(up);
      });
    });
  });
  const port = await serving(host, io);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async expectEmpty() {
      await eventually(() => io.engine.clientsCount === 0, "every session ends");
      const { sockets, adapter } = io.of("/");
      expect([sockets.size, adapter.rooms.size, adapter.sids.size]).toEqual([0, 0, 0]);
    },
  };
}

/** An upgrade without a client library: polls and posts run on while the probe is out. */
async function upgradeByHand(port: number, plan: Plan, random: Random): Promise<void> {
  const session = await rawPolling(port);
  await session.post(`40${JSON.stringify(plan)}`);
  const down: string[] = [];
  const ups = plan.up.map((_turns, n) => `42${JSON.stringify(["up", n])}`);
  const early = ups.splice(0, random.below(ups.length + 1));
  let probed = false;
  const polling = (async () => {
    while (!probed) down.push(...(await session.get()).body.split("\u001e"));
  })();
  if (early.length > 0) expect((await session.post(early.join("\u001e"))).status).toBe(200);
  const { ws, next, closed } = await openWebSocket(port, `/socket.io/?EIO=4&transport=websocket&sid=${session.sid}`);
  ws.send("2probe");
  expect(await next()).toBe("3probe");
  probed = true;
  await polling;
  ws.send("5");
  for (const packet of ups) ws.send(packet);
  ws.send('429["finish"]');
  let answer = "";
  while (!answer.startsWith("439")) {
    answer = String(await next());
    down.push(answer);
  }
  expect([plan.id, JSON.parse(answer.slice(3))]).toEqual([plan.id, [plan.up.map((_turns, n) => [n])]]);
  const events = down.filter((packet) => packet.startsWith("42") || packet.startsWith("45"));
  const heard = events.map((packet) => JSON.parse(packet.slice(packet.indexOf("["))) as unknown[]);
  const numbers = heard.filter(([name]) => name === "down").map(([, n]) => n);
  expect([plan.id, numbers]).toEqual([plan.id, plan.down.map((_turns, n) => n)]);
  expect(heard.at(-1)).toEqual(["finished"]);
  ws.close();
  await closed;
}

function plans(random: Random, count: number): Plan[] {
  const script = (): Script => Array.from({ length: random.below(40) }, () => (random.below(3) ? 0 : random.below(12)));
  return Array.from({ length: count }, (_, id) => ({ id, up: script(), down: script() }));
}

/** Runs a script: before each event so many turns of the event loop pass. */
async function play(script: Script, send: (n: number) => unknown): Promise<void> {
  for (const [n, turns] of script.entries()) {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    send(n);
  }
}

/** Every fifth event carries bytes. */
function attachment(n: number): Buffer[] {
  return n % 5 === 4 ? [Buffer.from([n, 255 - n])] : [];
}

/** What a script amounts to at the other end. */
function sequence(script: Script): unknown[] {
  return script.map((_turns, n) => (n % 5 === 4 ? [n, n, 255 - n] : [n]));
}

function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  return inParallel(CONCURRENCY, () => {
    const item = queue.shift();
    return item === undefined ? undefined : work(item);
  });
}
