import { once } from "node:events";
import { expect, test } from "vitest";
import { start, type Running, type TestWebSocket } from "./server.fixture.ts";
import type { Socket } from "./socket.ts";

/** A small random generator, so that a failing run can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const pause = (turns: number): Promise<void> =>
  turns <= 0
    ? Promise.resolve()
    : new Promise((resolve) => void setImmediate(() => void pause(turns - 1).then(resolve)));

/** A client that follows the protocol step by step: polls, posts, and upgrades at a moment of its choice. */
class SteppingClient {
  readonly received: string[] = [];
  noops = 0;
  readonly #running: Running;
  readonly #random: () => number;
  readonly #query: string;
  readonly #count: number;
  #sent = 0;
  #socket: TestWebSocket | undefined;

  constructor(running: Running, sid: string, count: number, random: () => number) {
    this.#running = running;
    this.#random = random;
    this.#count = count;
    this.#query = `EIO=4&sid=${sid}&transport=`;
  }

  async run(): Promise<void> {
    const upgrading = { isPausing: false };
    const polling = this.#poll(upgrading);
    const posting = this.#post(upgrading);
    await pause(this.#random() * 200);
    const socket = await this.#running.connect(`${this.#query}websocket`).opened();
    socket.send("2probe");
    expect(await socket.receive(1)).toEqual(["3probe"]);
    upgrading.isPausing = true;
    await Promise.all([polling, posting]);
    socket.send("5");
    this.#socket = socket;
    while (this.#sent < this.#count) {
      socket.send(`4${this.#sent++}`);
      if (this.#random() < 0.1) await pause(3);
    }
    const rest = this.#count - this.received.length;
    for (const packet of (await socket.receive(rest + 1)).slice(1)) this.#take(String(packet));
    expect(socket.received).toHaveLength(rest + 1);
  }

  close(): void {
    this.#socket?.close();
  }

  async #poll(upgrading: { readonly isPausing: boolean }): Promise<void> {
    do {
      const response = await this.#running.fetch(`${this.#query}polling`);
      expect(response.status).toBe(200);
      for (const packet of (await response.text()).split("\x1e")) this.#take(packet);
    } while (!upgrading.isPausing);
  }

  async #post(upgrading: { readonly isPausing: boolean }): Promise<void> {
    while (!upgrading.isPausing && this.#sent < this.#count) {
      const size = 1 + Math.floor(this.#random() * 5);
      const packets: string[] = [];
      while (packets.length < size && this.#sent < this.#count) packets.push(`4${this.#sent++}`);
      const response = await this.#running.fetch(`${this.#query}polling`, {
        method: "POST",
        body: packets.join("\x1e"),
      });
      expect(await response.text()).toBe("ok");
      await pause(this.#random() * 10);
    }
  }

  #take(packet: string): void {
    if (packet === "6") this.noops++;
    else this.received.push(packet);
  }
}

async function emit(session: Socket, count: number, random: () => number): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    session.send(`${sent}`);
    if (random() < 0.3) await pause(random() * 10);
  }
}

const CLIENTS = 25;
const MESSAGES = 150;

test.each([1, 2, 3, 4])("upgrades under traffic lose, double and reorder nothing (seed %i)", async (seed) => {
  const running = await start({ maxPacketsPerTurn: 20, pingInterval: 3_600_000 }); // no ping among what is counted, however long it takes
  const random = randomFrom(seed);
  const numbers = Array.from({ length: MESSAGES }, (_, index) => `${index}`);
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const sid = await running.open();
      const session = running.session(sid);
      const received: string[] = [];
      const complete = new Promise<void>((resolve) => {
        session.on("message", (message) => {
          received.push(String(message));
          if (received.length === MESSAGES) resolve();
        });
      });
      const client = new SteppingClient(running, sid, MESSAGES, random);
      await Promise.all([client.run(), emit(session, MESSAGES, random), complete]);
      expect(client.received).toEqual(numbers.map((number) => `4${number}`));
      expect(received).toEqual(numbers);
      expect(client.noops).toBeLessThan(15);
      expect([session.upgraded, session.transport.name]).toEqual([true, "websocket"]);
      client.close();
    }),
  );
});

/** Lets the only session complete its upgrade: a closing server would wait for that. */
async function finishUpgrade({ engine }: Running, socket: TestWebSocket): Promise<void> {
  const [session] = Object.values(engine.clients);
  if (session === undefined) throw new Error("no session");
  const upgraded = once(session, "upgrade");
  socket.send("5");
  await upgraded;
}

test("a poll that waits when the probe comes is released at once", async () => {
  const running = await start();
  const query = `EIO=4&sid=${await running.open()}&transport=`;
  const poll = running.fetch(`${query}polling`).then((response) => response.text());
  const socket = await running.connect(`${query}websocket`).opened();
  socket.send("2probe");
  expect(await poll).toBe("6");
  const again = await running.fetch(`${query}polling`);
  expect(await again.text()).toBe("6");
  await finishUpgrade(running, socket);
});

test.each(["before the probe", "after the probe", "with the switch"])(
  "a client that gives its upgrade up %s goes on over long-polling, or is told that it is over",
  async (when) => {
    const running = await start();
    const sid = await running.open();
    const query = `EIO=4&sid=${sid}&transport=`;
    const socket = await running.connect(`${query}websocket`).opened();
    if (when !== "before the probe") {
      socket.send("2probe");
      await socket.receive(1);
    }
    const session = running.session(sid);
    session.send("queued");
    if (when === "with the switch") {
      socket.send("5");
      socket.close();
      await new Promise((resolve) => session.once("close", resolve));
      expect((await running.fetch(`${query}polling`)).status).toBe(400);
      expect(running.closings).toEqual(["transport close"]);
      return;
    }
    socket.terminate();
    expect(await (await running.fetch(`${query}polling`)).text()).toBe("4queued");
    while (session.upgrading) await pause(1);
    const again = await running.connect(`${query}websocket`).opened();
    again.send("2probe");
    expect(await again.receive(1)).toEqual(["3probe"]);
    await finishUpgrade(running, again);
  },
);

test("a session that is closed during its upgrade leaves no connection", async () => {
  const running = await start();
  const sid = await running.open();
  const query = `EIO=4&sid=${sid}&transport=`;
  const socket = await running.connect(`${query}websocket`).opened();
  socket.send("2probe");
  await socket.receive(1);
  running.session(sid).send("last");
  running.session(sid).close();
  for (const answer of ["4last", "1"]) expect(await running.fetchText(`${query}polling`)).toBe(answer);
  await socket.closed;
  expect(running.engine.clientsCount).toBe(0);
});

test("a client that never finishes its upgrade keeps its session", async () => {
  const running = await start({ upgradeTimeout: 30 });
  const sid = await running.open();
  const query = `EIO=4&sid=${sid}&transport=`;
  const socket = await running.connect(`${query}websocket`).opened();
  socket.send("2probe");
  await socket.closed;
  running.session(sid).send("still there");
  expect(await (await running.fetch(`${query}polling`)).text()).toBe("4still there");
});

test("upgrades may be forbidden", async () => {
  const running = await start({ allowUpgrades: false });
  const body = await (await running.fetch("EIO=4&transport=polling")).text();
  expect(JSON.parse(body.slice(1))).toMatchObject({ upgrades: [] });
});

test("the GET of a proxy that strips `Upgrade` takes nothing from the session", async () => {
  const running = await start();
  const sid = await running.open();
  running.session(sid).send("queued");
  expect((await running.fetch(`EIO=4&transport=websocket&sid=${sid}`)).status).toBe(400);
  expect(await (await running.fetch(`EIO=4&transport=polling&sid=${sid}`)).text()).toBe("4queued");
});
