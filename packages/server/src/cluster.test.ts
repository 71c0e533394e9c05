import { createClusterAdapter, MemoryNetwork } from "@halyard/adapter";
import { expect, test, vi } from "vitest";
import { Bench, take } from "./fake-client.fixture.ts";

/** Servers of one cluster, each with a client; they know each other. */
async function serve(count: number) {
  const network = new MemoryNetwork();
  const nodes = Array.from({ length: count }, () => {
    const bus = network.join();
    const adapter = createClusterAdapter(bus);
    const bench = new Bench({ adapter });
    return { id: bus.nodeId, bench, io: bench.io, cluster: adapter.cluster, client: bench.join() };
  });
  await soon(() => expect(nodes.map(({ cluster }) => cluster.nodes.length)).toEqual(nodes.map(() => count - 1)));
  return { network, nodes, names: nodes.map(({ id }) => id) };
}

/** Waits for what comes over the bus, with patience for a machine that is busy. */
function soon(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000 });
}

const turn = () => new Promise(setImmediate);

test("clients of this server do not wait for the others, nor for a bus that is down", async () => {
  const { network, nodes, names } = await serve(2);
  const [a, b] = nodes;
  network.partition([names[1]!]);
  await turn();
  a!.io.emit("x", 1);
  expect(take(a!.client)).toEqual(['2["x",1]']);
  expect(take(b!.client)).toEqual([]);
  network.heal();
  await soon(() => expect(take(b!.client)).toEqual(['2["x",1]']));
});

test("a private event does not leave its server", async () => {
  const { nodes } = await serve(2);
  const [a, b] = nodes;
  const [socket] = a!.io.sockets.sockets.values();
  socket!.emit("private");
  a!.io.local.emit("here");
  a!.io.emit("everywhere");
  await soon(() => expect(take(b!.client)).toEqual(['2["everywhere"]']));
});

test("clients of another server are found, counted, asked and moved", async () => {
  const { nodes } = await serve(2);
  const [a, b] = nodes;
  const [far] = b!.io.sockets.sockets.values();
  expect(await a!.io.count()).toBe(2);
  const found = await a!.io.in(far!.id).fetchSockets();
  expect(found.map(({ id }) => id)).toEqual([far!.id]);
  expect(found.missingNodes).toEqual([]);
  found[0]!.join("r");
  await soon(() => expect(far!.rooms.has("r")).toBe(true));
  expect(await a!.io.of("/").adapter.roomSizes()).toEqual(new Map([["r", 1]]));
  const asked = a!.io.to("r").emitWithAck("who");
  await soon(() => expect(b!.client.sent).toHaveLength(1));
  b!.client.write(`3${/^2(\d+)/.exec(String(take(b!.client)[0]))![1]}["me"]`);
  expect(await asked).toEqual(["me"]);
});

test("a client that leaves its server without an answer ends the wait on the other server", async () => {
  const { nodes } = await serve(2);
  const [a, b] = nodes;
  const [far] = b!.io.sockets.sockets.values();
  const asked = a!.io.to(far!.id).emitWithAck("who");
  await soon(() => expect(b!.client.sent).toHaveLength(1));
  b!.client.close();
  await expect(asked).rejects.toMatchObject({ code: "ACK_INCOMPLETE", responses: [], missingNodes: [] });
});

test("what servers do not answer in time is named", async () => {
  const { nodes, names } = await serve(3);
  const [a, b, c] = nodes;
  b!.io.on("sum", (x: number, reply: (sum: number) => void) => reply(x + 1));
  c!.io.on("sum", () => {});
  const asked = a!.io.timeout(100).serverSideEmitWithAck("sum", 1);
  for (let index = 0; index < 20; index++) await turn();
  a!.bench.clock.advance(100);
  await expect(asked).rejects.toMatchObject({
    code: "CLUSTER_TIMEOUT",
    responses: [2],
    missingNodes: [names[2]],
  });
});

test("a server that closes is gone from the cluster", async () => {
  const { nodes } = await serve(2);
  const [a, b] = nodes;
  await b!.io.close();
  await soon(() => expect(a!.cluster.nodes).toEqual([]));
  expect(await a!.io.of("/").adapter.serverCount()).toBe(1);
});
