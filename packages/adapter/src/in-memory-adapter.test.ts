import type { AdapterHost } from "@halyard/contracts";
import { expect, test, vi } from "vitest";
import { createInMemoryAdapter } from "./index.ts";

function start() {
  const host = {
    namespace: "/",
    execute: vi.fn<AdapterHost["execute"]>(),
    answer: vi.fn<AdapterHost["answer"]>(),
  } satisfies AdapterHost;
  return { host, adapter: createInMemoryAdapter()(host) };
}

test("counts this node alone", async () => {
  const { adapter } = start();
  await adapter.start();
  expect(await adapter.serverCount()).toBe(1);
  await adapter.close();
});

test("does not bring a command back to the node that published it", () => {
  const { adapter, host } = start();
  adapter.publish({ kind: "serverEvent", data: ["hello"] });
  expect(host.execute).not.toHaveBeenCalled();
});

test("ends a query at once, without replies", async () => {
  const { adapter, host } = start();
  const replies: unknown[] = [];
  const query = adapter.query({ kind: "fetchSockets", to: { rooms: [], except: [] } }, new AbortController().signal);
  for await (const reply of query) replies.push(reply);
  expect(replies).toEqual([]);
  expect(host.answer).not.toHaveBeenCalled();
});
