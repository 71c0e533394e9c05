import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ProcessCluster, type ClusterSettings } from "./cluster-rig.ts";
import { eventually } from "./redis/eventually.ts";
import { collect, once } from "./events.ts";

/**
 * Workers of both kinds in one cluster, under a primary process of either kind: each does to the others what it can do to its own.
 * The incumbent alone comes first, which proves that the tests are right.
 */
const clusters: readonly [name: string, settings: ClusterSettings][] = [
  ["the incumbent alone", { primary: "stock", workers: ["stock", "stock", "stock"] }],
  ["ours alone", { primary: "ours", workers: ["ours", "ours", "ours"] }],
  ["mixed, under our primary process", { primary: "ours", workers: ["ours", "stock", "ours"] }],
  ["mixed, under the incumbent's", { primary: "stock", workers: ["stock", "ours", "stock"] }],
  ["the incumbent's adapter on our server", { primary: "stock", workers: ["bridged", "aliased", "bridged"] }],
  ["the incumbent's adapter on both servers, with ours", { primary: "ours", workers: ["aliased", "stock", "ours"] }],
  [
    "mixed, advanced serialization",
    { primary: "ours", workers: ["stock", "ours", "stock"], serialization: "advanced" },
  ],
];

/** Soon enough for a test, and late enough for a machine that is busy. */
const HEARTBEATS = { heartbeatInterval: 1_000, heartbeatTimeout: 10_000 };

describe.each(clusters)("%s", (_name, settings) => {
  const everyone = [0, 1, 2];
  let cluster: ProcessCluster;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    cluster = await ProcessCluster.start({ ...settings, options: HEARTBEATS }, (given) => (stop = given));
  });
  beforeEach(() => cluster.empties());
  afterAll(() => stop());

  test("broadcasts reach the clients of all workers, in order", async () => {
    const clients = await Promise.all(everyone.map((worker) => cluster.client(worker)));
    for (const worker of everyone) {
      const heard = clients.map((client) => collect(client, "event", 3));
      for (const number of [1, 2, 3]) await cluster.run(worker, "emit", null, "event", number, { from: worker });
      const expected = [1, 2, 3].map((number) => [number, { from: worker }]);
      for (const events of heard) expect(await events).toEqual(expected);
    }
  });

  test("rooms are joined, left, reached and closed across workers", async () => {
    const clients = await Promise.all(everyone.map((worker) => cluster.client(worker)));
    for (const client of clients.slice(1)) await client.emitWithAck("join", "r");
    for (const worker of everyone) {
      const heard = clients.map((client) => once(client, "end"));
      const inRoom = clients.map((client) => {
        const got: unknown[] = [];
        client.on("room", (...args: unknown[]) => got.push(args));
        return got;
      });
      await cluster.run(worker, "emit", "r", "room", worker);
      await cluster.run(worker, "emit", null, "end");
      await Promise.all(heard);
      expect(inRoom).toEqual([[], [[worker]], [[worker]]]);
      for (const client of clients) client.off("room");
    }
    await cluster.run(0, "moveIn", "r", ["s"]);
    await eventually(
      "two are in s",
      async () => (await cluster.run(1, "fetch")).filter(({ rooms }: any) => rooms.includes("s")).length === 2,
    );
    await cluster.run(2, "moveOut", "s", ["r"]);
    await eventually("nobody is in r", async () =>
      (await cluster.run(0, "fetch")).every(({ rooms }: any) => !rooms.includes("r")),
    );
    const gone = clients.slice(1).map((client) => once(client, "disconnect"));
    await cluster.run(0, "kick", "s");
    for (const reason of await Promise.all(gone)) expect(reason[0]).toBe("io server disconnect");
    expect(clients[0]!.connected).toBe(true);
  });

  test("each worker finds the sockets of all, with what they have in data", async () => {
    const clients = await Promise.all(everyone.map((worker) => cluster.client(worker)));
    const ids = clients.map(({ id }) => String(id)).toSorted();
    for (const worker of everyone) {
      const sockets = await cluster.run(worker, "fetch");
      expect(sockets.map(({ id }: any) => id).toSorted()).toEqual(ids);
      expect(sockets.map(({ data }: any) => data.worker).toSorted()).toEqual(
        settings.workers.map((kind, index) => `${kind} ${index + 1}`).toSorted(),
      );
    }
  });

  test("events between workers are heard and answered by all", async () => {
    const names = settings.workers.map((kind, index) => `${kind} ${index + 1}`);
    for (const worker of everyone) {
      const answers = await cluster.run(worker, "ask", worker);
      expect(answers.map(([, value]: unknown[]) => value)).toEqual([worker, worker]);
      const others = names.filter((_, index) => index !== worker);
      expect(answers.map(([name]: string[]) => name).toSorted()).toEqual(others.toSorted());
    }
    await cluster.run(1, "note", "hello", { a: 1 });
    for (const worker of [0, 2])
      await eventually("the event was heard", async () => (await cluster.run(worker, "heard")).length === 1);
    expect(await cluster.run(0, "heard")).toEqual([["hello", { a: 1 }]]);
    expect(await cluster.run(1, "heard")).toEqual([]);
  });

  test("clients of all workers acknowledge a broadcast", async () => {
    const clients = await Promise.all(everyone.map((worker) => cluster.client(worker)));
    clients.forEach((client, index) => client.on("who", (reply) => reply(index)));
    for (const worker of everyone) expect((await cluster.run(worker, "who", 20_000)).toSorted()).toEqual([0, 1, 2]);
  });

  test("a worker that leaves is not counted any more", async () => {
    await cluster.kill(2);
    for (const worker of [0, 1]) await cluster.counts(worker, 2);
    expect(await cluster.run(0, "ask", 1)).toHaveLength(1);
  });
});

test("bytes reach clients of all our workers, however processes serialise", async () => {
  for (const serialization of ["json", "advanced"] as const) {
    const cluster = await ProcessCluster.start({ primary: "ours", workers: ["ours", "ours"], serialization });
    const clients = await Promise.all([0, 1].map((worker) => cluster.client(worker)));
    const heard = clients.map((client) => once(client, "shout"));
    const bytes = Buffer.from([0, 127, 128, 255]);
    clients[0]!.emit("shout", { deep: [bytes] });
    for (const [value] of await Promise.all(heard)) expect(value).toEqual({ deep: [bytes] });
  }
});

test("counts and rooms are those of all workers, also where some are the incumbent's", async () => {
  for (const other of ["ours", "stock"] as const) {
    const cluster = await ProcessCluster.start({ primary: "ours", workers: ["ours", other] });
    const clients = await Promise.all([0, 1, 1].map((worker) => cluster.client(worker)));
    await clients[2]!.emitWithAck("join", "r");
    expect(await cluster.run(0, "count")).toBe(3);
    expect(await cluster.run(0, "rooms")).toEqual(["r"]);
  }
});

test("a worker that is killed is noticed at once, though heartbeats are rare", async () => {
  const options = { heartbeatInterval: 100_000, heartbeatTimeout: 1_000_000 };
  const cluster = await ProcessCluster.start({ primary: "ours", workers: ["ours", "stock", "ours", "stock"], options });
  await cluster.kill(2);
  await cluster.kill(3);
  for (const worker of [0, 1]) await cluster.counts(worker, 2);
  expect(await cluster.run(0, "missing")).toEqual([]);
});

describe("workers that listen on one port", () => {
  const settings: ClusterSettings = { primary: "ours", workers: ["ours", "ours", "ours"], shared: true };
  const long = "x".repeat(100_000);

  test("polling clients keep their sessions, whichever worker gets their requests", async () => {
    const cluster = await ProcessCluster.start(settings);
    const options = { transports: ["polling"] };
    const clients = await Promise.all(Array.from({ length: 9 }, () => cluster.client(0, options)));
    const lost = clients.map((client) => once(client, "disconnect").catch(() => "kept"));
    for (let round = 0; round < 10; round++)
      for (const client of clients) {
        const [value] = await client.emitWithAck("echo", { round, long });
        expect(value).toEqual({ round, long });
      }
    for (const client of clients) expect(client.connected).toBe(true);
    for (const client of clients) client.disconnect();
    await Promise.all(lost);
  });

  test("upgrades reach the worker that has the session, and broadcasts all of them", async () => {
    const cluster = await ProcessCluster.start(settings);
    const clients = Array.from({ length: 12 }, () => cluster.dial(0));
    const workers = (await Promise.all(clients.map((client) => once(client, "welcome")))).map(([name]) => name);
    for (const client of clients) await eventually("an upgrade", () => client.io.engine.transport.name === "websocket");
    for (const [index, client] of clients.entries())
      expect(await client.emitWithAck("echo", long)).toEqual([long, workers[index]]);
    const heard = clients.map((client) => once(client, "shout"));
    clients[0]!.emit("shout", 1);
    await Promise.all(heard);
    expect(await cluster.run(0, "count")).toBe(12);
  });

  test("a session that nobody has is refused as by a server that runs alone", async () => {
    const cluster = await ProcessCluster.start(settings);
    const url = `${cluster.url(0)}/socket.io/?EIO=4&transport=polling&sid=nobody`;
    for (let request = 0; request < 6; request++) {
      const answer = await fetch(url);
      expect([answer.status, await answer.json()]).toEqual([400, { code: 1, message: "Session ID unknown" }]);
    }
  });

  test("sessions of a worker that was killed are refused, and their clients come back elsewhere", async () => {
    const cluster = await ProcessCluster.start(settings);
    // what Node.js has handed over to a process that dies is never answered: no poll may be on its way, and handshakes are given up
    const again = {
      transports: ["polling"],
      reconnection: true,
      reconnectionDelay: 10,
      reconnectionDelayMax: 100,
      timeout: 5_000,
    };
    const clients = Array.from({ length: 6 }, () => cluster.dial(0, again));
    const names = (await Promise.all(clients.map((client) => once(client, "welcome")))).map(([name]) => name);
    const victim = Number(/\d+/.exec(names[0])![0]) - 1;
    const back = clients.flatMap((client, index) => (names[index] === names[0] ? [once(client, "welcome")] : []));
    await eventually("the polls of all have arrived", async () => {
      const idle = await Promise.all([0, 1, 2].map((worker) => cluster.run(worker, "idle")));
      return idle.reduce((sum, count) => sum + count, 0) === clients.length;
    });
    await cluster.kill(victim);
    for (const [name] of await Promise.all(back)) expect(name).not.toBe(names[0]);
  });
});
