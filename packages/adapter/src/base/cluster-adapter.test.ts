import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ClusterAdapter,
  ClusterAdapterWithHeartbeat,
  MessageType,
  type ClusterMessage,
  type ClusterResponse,
} from "../index.ts";
import { FakeNamespace, to } from "./fake-namespace.fixture.ts";

/** All nodes of a test. What they say to each other is serialised. */
let nodes: { name: string; receive: (message: any) => void }[] = [];
let published: any[] = [];
let publishing: (message: any) => void = () => {};

function carry(from: string, message: any, toName?: string): void {
  if (!nodes.some(({ name }) => name === from)) return; // it is cut off
  publishing(message);
  published.push(message);
  const copy = JSON.stringify(message);
  for (const node of nodes)
    if (node.name !== from && (toName === undefined || node.name === toName)) node.receive(JSON.parse(copy));
}

class NamedNode extends ClusterAdapterWithHeartbeat {
  constructor(nsp: unknown, options = {}) {
    super(nsp, options);
    nodes.push({ name: this.uid, receive: (message) => this.onMessage(message) });
  }

  get name(): string {
    return this.uid;
  }

  get others(): string[] {
    return [...this.nodesMap.keys()];
  }

  protected override async doPublish(message: ClusterMessage): Promise<string> {
    carry(this.uid, message);
    return "";
  }

  protected override async doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
    carry(this.uid, response, requester);
  }
}

/** Knows only how many there are, and tells responses from messages. */
class CountedNode extends ClusterAdapter {
  #count = 0;
  constructor(nsp: unknown) {
    super(nsp);
    const receive = (message: any) =>
      message.type >= 8 && message.type !== 9
        ? this.onResponse(message)
        : this.onMessage(message, `at ${this.#count++}`);
    nodes.push({ name: this.uid, receive });
  }

  get name(): string {
    return this.uid;
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(nodes.length);
  }

  protected override async doPublish(message: ClusterMessage): Promise<string> {
    carry(this.uid, message);
    return `at ${this.#count++}`;
  }

  protected override async doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
    carry(this.uid, response, requester);
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  nodes = [];
  published = [];
  publishing = () => {};
});
afterEach(() => vi.useRealTimers());

const turn = () => vi.advanceTimersByTimeAsync(0);
const event = (...data: unknown[]) => ({ type: 2, data });
const dataOf = ({ sent }: { sent: any[] }) => sent.map(({ data }) => data);

/** Two servers with two sockets each; the second of each is in the room `r`. */
function pair<Node extends NamedNode | CountedNode>(Node: new (nsp: unknown) => Node, opts: object = {}) {
  const sides = ["a", "b"].map((name) => {
    const nsp = new FakeNamespace(opts);
    const adapter = new Node(nsp);
    return { nsp, adapter, sockets: [nsp.join(adapter, `${name}1`), nsp.join(adapter, `${name}2`, "r")] };
  });
  for (const { adapter } of sides) void adapter.init();
  const [a, b] = sides as [(typeof sides)[0], (typeof sides)[0]];
  return { a, b, sockets: sides.flatMap(({ sockets }) => sockets) };
}

describe.each<[string, new (nsp: unknown) => NamedNode | CountedNode]>([
  ["that knows the others", NamedNode],
  ["that knows their number", CountedNode],
])("an adapter %s", (_name, Node) => {
  test("does to the sockets of both servers what it is told", async () => {
    const { a, b, sockets } = pair(Node);
    await a.adapter.broadcast(event("all", 1), to());
    await b.adapter.broadcast(event("room"), to(["r"], ["a2"]));
    await a.adapter.broadcast(event("here"), to([], [], { local: true }));
    expect(sockets.map(dataOf)).toEqual([
      [["all", 1], ["here"]],
      [["all", 1], ["here"]],
      [["all", 1]],
      [["all", 1], ["room"]],
    ]);
    await a.adapter.addSockets(to(["b1"]), ["s"]);
    expect(b.adapter.rooms.get("s")).toEqual(new Set(["b1"]));
    await a.adapter.delSockets(to(), ["r", "s"]);
    expect([a.adapter.rooms.has("r"), b.adapter.rooms.has("r"), b.adapter.rooms.has("s")]).toEqual([
      false,
      false,
      false,
    ]);
    await b.adapter.disconnectSockets(to(["a1", "b1"]), true);
    expect([...a.adapter.sids.keys(), ...b.adapter.sids.keys()]).toEqual(["a2", "b2"]);
  });

  test("finds the sockets of all servers, described without what cannot travel", async () => {
    const { a } = pair(Node);
    const found = await a.adapter.fetchSockets(to(["r", "b1"]));
    expect(found.map(({ id }): string => id).toSorted()).toEqual(["a2", "b1", "b2"]);
    const rooms = ["b2", "r"];
    expect(found.find(({ id }) => id === "b2")).toEqual({
      id: "b2",
      handshake: { address: "::1" },
      rooms,
      data: { name: "b2" },
    });
    expect(await a.adapter.fetchSockets(to([], [], { local: true }))).toHaveLength(2);
  });

  test("collects the answers of clients and of servers", async () => {
    const { a, b } = pair(Node);
    const [onCount, onAck] = [vi.fn(), vi.fn()];
    a.adapter.broadcastWithAck(event("who"), to(["r"]), onCount, onAck);
    expect(onCount.mock.calls).toEqual([[1], [1]]);
    for (const { sockets } of [a, b]) sockets[1]!.acks.get(0)?.(sockets[1]!.id);
    expect(onAck.mock.calls).toEqual([["a2"], ["b2"]]);

    const answered = vi.fn();
    await a.adapter.serverSideEmit(["sum", 1, answered]);
    const [[name, number, reply]] = b.nsp.serverEvents as [any[]];
    reply(2);
    reply(3);
    expect([name, number]).toEqual(["sum", 1]);
    expect(answered.mock.calls).toEqual([[null, [2]]]);
    await a.adapter.serverSideEmit(["note", 1]);
    expect(b.nsp.serverEvents.at(-1)).toEqual(["note", 1]);
  });

  test("gives up who is silent, and tells how many answers there are", async () => {
    const { a } = pair(Node);
    nodes.pop();
    nodes.push({ name: "silent", receive: () => {} });
    const found = a.adapter.fetchSockets(to([], [], { timeout: 100 })).catch(({ message }: Error) => message);
    const answered = vi.fn();
    await a.adapter.serverSideEmit(["sum", answered]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await found).toMatch(/^timeout reached: /);
    const [error, answers] = answered.mock.calls[0]!;
    expect([error.message, answers]).toEqual([await found, []]);
    expect(answered).toHaveBeenCalledOnce();
  });

  test("takes answers of clients as long as they are waited for, also where nobody says how long", async () => {
    const { a, b } = pair(Node);
    const onAck = vi.fn();
    a.adapter.broadcastWithAck(event("who"), { rooms: new Set(["b1"]) }, () => {}, onAck);
    await vi.advanceTimersByTimeAsync(4_000);
    b.sockets[0]!.acks.get(0)?.("late");
    await vi.advanceTimersByTimeAsync(2_000);
    b.sockets[0]!.acks.get(0)?.("too late");
    expect(onAck.mock.calls).toEqual([["late"]]);
  });

  test("skips what it cannot read, and what is not its own", async () => {
    const { b, sockets } = pair(Node);
    const malformed = vi.fn();
    b.adapter.on("malformed", malformed);
    const { receive } = nodes[1]!;
    const types = Object.values(MessageType).filter((type) => typeof type === "number");
    for (const type of types)
      for (const data of [undefined, null, 1, { opts: { rooms: [] } }, { requestId: 1 }])
        receive({ uid: "other", nsp: "/", type, data });
    expect(malformed).toHaveBeenCalledTimes(10 * 5);
    receive({
      uid: "other",
      nsp: "/elsewhere",
      type: 3,
      data: { packet: event("x"), opts: { rooms: [], except: [] } },
    });
    receive({ uid: "other", nsp: "/", type: 99 });
    expect(malformed).toHaveBeenCalledTimes(10 * 5);
    expect(sockets.map(dataOf)).toEqual([[], [], [], []]);
  });

  test("serves its own sockets when nothing can be sent, and says so to who listens", async () => {
    const { a } = pair(Node);
    publishing = () => {
      throw new Error("no connection");
    };
    await a.adapter.broadcast(event("x"), to());
    const failed = vi.fn();
    a.adapter.on("error", failed);
    await a.adapter.broadcast(event("y"), to());
    await a.adapter.addSockets(to(), ["s"]);
    await a.adapter.serverSideEmit(["z"]);
    await turn();
    expect(a.sockets.map(dataOf)).toEqual([
      [["x"], ["y"]],
      [["x"], ["y"]],
    ]);
    expect(a.adapter.rooms.get("s")?.size).toBe(2);
    expect(failed.mock.calls.map(([{ message }]) => message)).toEqual(Array(3).fill("no connection"));
  });
});

test("its own sockets do not wait until a message is sent", () => {
  const { a } = pair(NamedNode);
  void a.adapter.broadcast(event("x"), to());
  expect(a.sockets.map(dataOf)).toEqual([[["x"]], [["x"]]]);
});

test("clients are told the place of an event where the backend gives one, and they may need it", async () => {
  const { a, sockets } = pair(CountedNode, { connectionStateRecovery: {} });
  await a.adapter.broadcast(event("x"), to());
  await a.adapter.broadcast(event("y"), to([], [], { volatile: true }));
  for (const socket of sockets) expect(dataOf(socket)).toEqual([["x", "at 0"], ["y"]]);
  expect(published.map(({ data }) => data.packet.data)).toEqual([["x"], ["y"]]);
});

describe("who is there", () => {
  test("is known from the first message on, until it says goodbye", async () => {
    const { a, b } = pair(NamedNode);
    expect([a.adapter.others, b.adapter.others]).toEqual([[b.adapter.name], [a.adapter.name]]);
    expect(await a.adapter.serverCount()).toBe(2);
    nodes[0]!.receive({ uid: "emitter", nsp: "/", type: 9, data: { packet: ["x"] } });
    expect(await a.adapter.serverCount()).toBe(2);
    await b.adapter.close();
    expect(await a.adapter.serverCount()).toBe(1);
    expect(await a.adapter.fetchSockets(to())).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(2); // the other's heartbeat and sweep
    await a.adapter.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is told by heartbeats where there is nothing else to say", async () => {
    const { a, b } = pair(NamedNode);
    published = [];
    await vi.advanceTimersByTimeAsync(4_000);
    expect(published).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(published.map(({ type }) => type)).toEqual([MessageType.HEARTBEAT, MessageType.HEARTBEAT]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([a, b].map(({ adapter }) => adapter.others.length)).toEqual([1, 1]);
  });

  test("ends for who is silent, and nobody waits for it any more", async () => {
    const { a } = pair(NamedNode);
    nodes.pop();
    const found = a.adapter.fetchSockets(to([], [], { timeout: 60_000 }));
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await found).toHaveLength(2);
    expect(await a.adapter.serverCount()).toBe(1);
  });

  test("goes on after a pause of this process, as what the others said is yet to be read", async () => {
    const { a, b } = pair(NamedNode);
    vi.setSystemTime(Date.now() + 60_000);
    nodes = nodes.filter(({ name }) => name === a.adapter.name);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(a.adapter.others).toEqual([b.adapter.name]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(a.adapter.others).toEqual([]);
  });
});

test("types of messages have names, both ways", () => {
  expect([MessageType.INITIAL_HEARTBEAT, MessageType.ADAPTER_CLOSE]).toEqual([1, 13]);
  for (let type = 1; type <= 13; type++) expect(MessageType[MessageType[type] as "HEARTBEAT"]).toBe(type);
});
