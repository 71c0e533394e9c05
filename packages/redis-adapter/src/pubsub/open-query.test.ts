import type { ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import { expect, test } from "vitest";
import { OpenQuery } from "./open-query.ts";
import { RequestType } from "./wire.ts";

const EVERYBODY = { rooms: [], except: [] };
const NOBODY: ReadonlySet<string> = new Set();
const FETCH: ClusterQuery = { kind: "fetchSockets", to: EVERYBODY };

function start(known: readonly string[], query: ClusterQuery = FETCH) {
  let ends = 0;
  const open = new OpenQuery(query, new Set(known), { onEnded: () => void ends++ });
  const answer = (uid?: string): void => open.onResponse({ requestId: "q", sockets: [], uid });
  /** What there was in the end. */
  const result = async (): Promise<(ClusterReply | MissingNode)[]> => {
    expect([open.isOpen, ends]).toEqual([false, 1]);
    const all: (ClusterReply | MissingNode)[] = [];
    for await (const reply of open.replies) all.push(reply);
    return all;
  };
  return { open, answer, result };
}

const left = (node: string) => ({ kind: "missing", node, reason: "left" });
const silent = (node: string) => ({ kind: "missing", node, reason: "silent" });

test("ends when everybody has answered", async () => {
  const { open, answer, result } = start(["hal-a", "hal-b"]);
  answer("hal-a");
  open.expectNodes(2, NOBODY);
  expect(open.isOpen).toBe(true);
  answer("hal-b");
  expect(await result()).toEqual([]);
});

test("does not wait for a node that says goodbye, and names it", async () => {
  const { open, answer, result } = start(["hal-a", "hal-b"]);
  open.expectNodes(2, NOBODY);
  answer("hal-a");
  open.onGoodbye("hal-b");
  expect(await result()).toEqual([left("hal-b")]);
});

test("a goodbye after the answer, or a second one, changes nothing", async () => {
  const { open, answer, result } = start(["hal-a", "hal-b", "hal-c"]);
  open.expectNodes(3, NOBODY);
  answer("hal-a");
  open.onGoodbye("hal-a");
  open.onGoodbye("hal-b");
  open.onGoodbye("hal-b");
  open.onGoodbye("hal-stranger");
  expect(open.isOpen).toBe(true);
  answer("hal-c");
  expect(await result()).toEqual([left("hal-b")]);
});

test.each([
  ["said goodbye", (open: OpenQuery) => open.onGoodbye("hal-b")],
  ["was known", () => {}],
])("names a node that %s, and has left before Redis says who is there", async (_name, before) => {
  const { open, answer, result } = start(["hal-b"]);
  before(open);
  answer("hal-a");
  open.onRoster(new Set(["hal-a"]), NOBODY);
  expect(await result()).toEqual([left("hal-b")]);
});

test("a goodbye of one that is not waited for anyway leaves the others to wait for", async () => {
  const { open, answer, result } = start(["hal-a", "hal-b"]);
  open.expectNodes(2, new Set(["hal-b"]));
  open.onGoodbye("hal-b");
  expect(open.isOpen).toBe(true);
  answer("hal-a");
  expect(await result()).toEqual([left("hal-b")]);
});

test("a node that says goodbye before all of its clients have answered is named, and what they have answered is kept", async () => {
  const query = { kind: "broadcastWithAck", to: EVERYBODY, data: ["e"], timeoutMs: 1 } as const;
  const { open, result } = start(["hal-a"], query);
  open.expectNodes(1, NOBODY);
  open.onResponse({ type: RequestType.CLIENT_COUNT, clientCount: 2, uid: "hal-a" });
  open.onResponse({ type: RequestType.ACK, packet: 1, uid: "hal-a" });
  open.onGoodbye("hal-a");
  expect(await result()).toEqual([{ kind: "expect", count: 2 }, { kind: "ack", data: [1] }, left("hal-a")]);
});

test("answers without a name are counted, and nodes that were known before by no name of ours are looked up anew", async () => {
  const { open, answer, result } = start(["abc123", "hal-b"]);
  open.onRoster(new Set(["def456", "hal-b"]), NOBODY);
  answer();
  answer("hal-b");
  expect(await result()).toEqual([]);
});

test("names who is silent when the time is over", async () => {
  const { open, answer, result } = start(["hal-a", "hal-b"]);
  open.expectNodes(2, NOBODY);
  answer("hal-a");
  open.end();
  expect(await result()).toEqual([silent("hal-b")]);
});
