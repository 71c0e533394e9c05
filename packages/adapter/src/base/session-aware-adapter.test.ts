import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SessionAwareAdapter } from "../index.ts";
import { FakeNamespace, to } from "./fake-namespace.fixture.ts";

const KEEP_MS = 120_000;
let adapter: SessionAwareAdapter;
let offsets: string[];

beforeEach(() => {
  vi.useFakeTimers();
  const nsp = new FakeNamespace({ connectionStateRecovery: { maxDisconnectionDuration: KEEP_MS } });
  adapter = new SessionAwareAdapter(nsp);
  const { sent } = nsp.join(adapter, "a");
  offsets = [];
  sent.push = (...items: any[]) => offsets.push(...items.map(({ data }) => data.at(-1)));
});
afterEach(() => {
  void adapter.close();
  vi.useRealTimers();
});

const emit = (name: string, options = to(), packet: object = {}) =>
  adapter.broadcast({ type: 2, data: [name], ...packet }, options);
const persist = (...rooms: string[]) => adapter.persistSession({ sid: "s", pid: "p", rooms, data: { n: 1 } });

test("a session comes back with what its rooms got meanwhile, in order", async () => {
  emit("seen");
  persist("s", "r");
  emit("1");
  emit("2", to(["r"]));
  emit("3", to(["elsewhere"]));
  emit("4", to([], ["r"]));
  emit("5", to(["s"]));
  const session = await adapter.restoreSession("p", offsets[0]!);
  expect(session).toMatchObject({ sid: "s", pid: "p", rooms: ["s", "r"], data: { n: 1 } });
  expect(session.missedPackets.map(([name]) => name)).toEqual(["1", "2", "5"]);
  expect(session.missedPackets[0]![1]).toBe(offsets[1]);
});

test("volatile events, and those that want answers, are neither numbered nor kept", async () => {
  emit("seen");
  persist();
  emit("volatile", to([], [], { volatile: true }));
  emit("asks", to(), { id: 1 });
  expect(offsets.slice(1)).toEqual(["volatile", "asks"]);
  expect((await adapter.restoreSession("p", offsets[0]!)).missedPackets).toEqual([]);
});

test("what is not known, or too old, is not restored", async () => {
  emit("seen");
  persist();
  for (const [pid, offset] of [
    ["other", offsets[0]],
    ["p", "nonsense"],
    ["p", `${offsets[0]}9`],
    ["p", undefined],
  ])
    expect(await adapter.restoreSession(pid!, offset as string)).toBeNull();
  vi.advanceTimersByTime(KEEP_MS + 1);
  expect(await adapter.restoreSession("p", offsets[0]!)).toBeNull();
});

test("what is too old is forgotten, and places stay valid", async () => {
  emit("old");
  vi.advanceTimersByTime(KEEP_MS - 1_000);
  emit("seen");
  persist();
  emit("missed");
  vi.advanceTimersByTime(61_000);
  expect(await adapter.restoreSession("p", offsets[0]!)).toBeNull();
  const { missedPackets } = await adapter.restoreSession("p", offsets[1]!);
  expect(missedPackets.map(([name]) => name)).toEqual(["missed"]);
});
