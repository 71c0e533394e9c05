import { spawn, type ChildProcess } from "node:child_process";
import { once as onceEmitted } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Socket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { clientEnds, type ClientEnd } from "./ends.ts";
import { once } from "./events.ts";
import { eventually } from "./redis/eventually.ts";
import { Tally } from "./redis/tally.ts";

const folder = join(import.meta.dirname, "../examples/cluster");
const NODES = 3;
/** Below the ports that systems give to connections, which come and go at any moment. */
const [LOWEST_PORT, HIGHEST_PORT] = [12_000, 30_000];

const channels: readonly (readonly [name: string, options: object])[] = [
  ["websocket", { transports: ["websocket"] }],
  // programs keep cookies only when told to; pages do anyway
  ["polling", { transports: ["polling"], withCredentials: true }],
  ["polling, then websocket", { withCredentials: true }],
];

describe.each(["nginx", "haproxy"])("behind %s", (balancer) => {
  test("the example serves clients over every transport, and they survive the death of a node", async () => {
    const cluster = await Cluster.start(balancer);
    const ends = clientEnds.filter(({ generation }) => generation === 4);
    const visitors = ends.flatMap((end) =>
      channels.map(([channel, options]) => new Visitor(`${end.name} over ${channel}`, cluster.port, end, options)),
    );
    await everybodyIs(visitors, 1);

    await hearEachOther(visitors, visitors);
    const lost = homeOfMost(visitors);
    const victims = visitors.filter(({ node }) => node === lost);
    const survivors = visitors.filter(({ node }) => node !== lost);
    const speakers = survivors.length > 0 ? survivors : visitors;
    await cluster.kill(lost);
    const spoken = hearEachOther(speakers, visitors);
    await everybodyIs(victims, 2);
    for (const victim of victims) {
      expect([victim.name, victim.client.recovered]).toEqual([victim.name, true]);
      expect(victim.node).not.toBe(lost);
    }
    await spoken;
    await cluster.has(NODES);
    await hearEachOther(visitors, visitors);

    await cluster.stop();
  });
});

/** A client that stays. */
class Visitor {
  readonly name: string;
  readonly client: Socket;
  readonly tally = new Tally();
  /** Where it is connected. */
  node = "";
  welcomes = 0;
  #said = 0;

  constructor(name: string, port: number, { Manager }: ClientEnd, options: object) {
    this.name = name;
    const manager = new Manager(`http://127.0.0.1:${port}`, { reconnectionDelay: 50, ...options });
    this.client = manager.socket("/");
    this.client.on("welcome", ({ node }) => {
      this.node = node;
      this.welcomes++;
    });
    this.client.on("said", ({ text }) => {
      const [speaker = "", number] = text.split(": ");
      this.tally.receive(speaker, Number(number));
    });
    onTestFinished(() => {
      manager.reconnection(false);
      this.client.disconnect();
    });
  }

  /** Says the next of its sentences, and waits until its node has passed it on. */
  async say(listeners: readonly Visitor[]): Promise<void> {
    this.#said++;
    for (const { tally } of listeners) tally.expect(this.name, this.#said);
    await this.client.emitWithAck("say", `${this.name}: ${this.#said}`);
  }
}

async function everybodyIs(visitors: readonly Visitor[], welcomes: number): Promise<void> {
  for (const visitor of visitors)
    await eventually(`${visitor.name} is there`, () => visitor.client.connected && visitor.welcomes >= welcomes);
}

/** Everybody speaks three times, and everybody hears all of it, once and in order. */
async function hearEachOther(speakers: readonly Visitor[], listeners: readonly Visitor[]): Promise<void> {
  for (let round = 0; round < 3; round++) await Promise.all(speakers.map((speaker) => speaker.say(listeners)));
  for (const { name, tally } of listeners) await eventually(`${name} hears everything`, () => tally.isComplete);
  for (const { name, tally } of listeners) expect([name, tally.got]).toEqual([name, tally.meant]);
}

function homeOfMost(visitors: readonly Visitor[]): string {
  const nodes = visitors.map(({ node }) => node);
  const share = (node: string): number => nodes.filter((other) => other === node).length;
  return nodes.toSorted((a, b) => share(b) - share(a))[0] ?? "";
}

/** The example, as `npm start` starts it. */
class Cluster {
  readonly port: number;
  readonly #process: ChildProcess;
  /** Numbers of the nodes' processes. */
  readonly #nodes = new Map<string, number>();
  /** Numbers of all processes that there have been. */
  readonly #all: number[] = [];

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#process = child;
  }

  static async start(balancer: string): Promise<Cluster> {
    const port = await freePorts(NODES + 2);
    const child = spawn(process.execPath, ["start.js", "--balancer", balancer], {
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGTERM"));
    const cluster = new Cluster(port, child);
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => cluster.#read(line));
    await eventually("the cluster is ready", async () => {
      if (child.exitCode !== null) throw new Error(`the example has ended with ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      return answer?.ok === true && cluster.#nodes.size === NODES;
    });
    return cluster;
  }

  /** Ends a node without a word. */
  async kill(name: string): Promise<void> {
    const node = this.#nodes.get(name) ?? 0;
    this.#nodes.delete(name);
    process.kill(node, "SIGKILL");
    await eventually("the node is gone", () => !isAlive(node));
  }

  async has(nodes: number): Promise<void> {
    await eventually(`there are ${nodes} nodes`, () => this.#nodes.size === nodes);
  }

  /** Ends the example as Ctrl-C does, and looks whether anything is left. */
  async stop(): Promise<void> {
    const gone = onceEmitted(this.#process, "exit");
    this.#process.kill("SIGINT");
    expect((await gone)[0]).toBe(0);
    expect(this.#all.filter(isAlive)).toEqual([]);
    for (let index = 0; index < NODES + 2; index++) await isFree(this.port + index);
  }

  #read(line: string): void {
    const [, name, number] = /^node (\w) is process (\d+)$/.exec(line) ?? [];
    if (name === undefined) return;
    this.#nodes.set(name, Number(number));
    this.#all.push(Number(number));
  }
}

function isAlive(number: number): boolean {
  try {
    return process.kill(number, 0);
  } catch {
    return false;
  }
}

/** Finds so many free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const areFree = await Promise.all(ports.map((port) => isFree(port).catch(() => false)));
    if (areFree.every(Boolean)) return first;
  }
}

/** @throws when something listens there */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening", { unless: ["error"] });
  await new Promise((resolve) => server.close(resolve));
  return true;
}
