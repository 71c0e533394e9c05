import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { ServerOptions } from "./options.ts";
import { request, start, UPGRADE_HEADERS, type Running } from "./server.fixture.ts";

const POLLING = "EIO=4&transport=polling";
const CLOSE_TIMEOUT_MS = 400;

/** A client or several in one state, and what tells that they have been let go. */
interface CloseCase {
  readonly name: string;
  readonly options?: ServerOptions;
  /** Gives what settles when the client has been let go, and how. */
  readonly enter: (running: Running) => Promise<{ readonly gone: Promise<unknown>; readonly as: unknown }>;
  /** Whether the server waits for the client as long as it may. */
  readonly isStubborn?: boolean;
}

const never = (): void => {};

async function hanging(running: Running, query: string, headers = {}): Promise<{ gone: Promise<string> }> {
  const gone = running.raw(request("GET", running.path(query), headers));
  await once(running.http, query.includes("websocket") ? "upgrade" : "request");
  return { gone };
}

async function upgrading(running: Running, probes: boolean) {
  const sid = await running.open();
  const socket = await running.connect(`EIO=4&transport=websocket&sid=${sid}`).opened();
  if (probes) {
    socket.send("2probe");
    await socket.receive(1);
  }
  return socket;
}

const states: readonly CloseCase[] = [
  {
    name: "a WebSocket that is idle",
    enter: async (running) => ({ gone: (await running.connect().opened()).closed, as: 1001 }),
  },
  {
    name: "a poll that waits",
    enter: async (running) => {
      const sid = await running.open();
      const gone = running.fetchText(`${POLLING}&sid=${sid}`);
      while (!running.session(sid).writable) await new Promise((resolve) => void setImmediate(resolve));
      return { gone, as: "1" };
    },
  },
  {
    name: "nobody polling",
    enter: async (running) => {
      const session = running.session(await running.open());
      return { gone: once(session, "close").then(([reason]) => reason), as: "server shutting down" };
    },
  },
  {
    name: "a poll and a post that is half there",
    enter: async (running) => {
      const sid = await running.open();
      const head = request("POST", running.path(`${POLLING}&sid=${sid}`), { "Content-Length": "10" });
      const gone = running.raw(`${head}4a`, /\r\n\r\n/).then((answer) => answer.slice(0, 12));
      await once(running.http, "request");
      return { gone, as: "HTTP/1.1 400" };
    },
  },
  {
    name: "an upgrade before its probe",
    enter: async (running) => ({ gone: (await upgrading(running, false)).closed, as: 1005 }),
    isStubborn: true,
  },
  {
    name: "an upgrade after its probe",
    enter: async (running) => ({ gone: (await upgrading(running, true)).closed, as: 1005 }),
    isStubborn: true,
  },
  {
    name: "a WebSocket that reads nothing",
    enter: async (running) => {
      const tcp = connect(running.port, "127.0.0.1").on("error", never);
      tcp.pause().write(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
      const [session] = await once(running.engine, "connection");
      for (let each = 0; each < 4; each++) session.send("x".repeat(900_000));
      return { gone: once(session, "close").then(([reason]) => reason), as: "server shutting down" };
    },
    isStubborn: true,
  },
  {
    name: "a WebSocket amidst a frame, whose client does not answer",
    enter: async (running) => {
      const tcp = connect(running.port, "127.0.0.1").on("error", never).on("data", never);
      tcp.write(request("GET", running.path("EIO=4&transport=websocket"), UPGRADE_HEADERS));
      await once(running.engine, "connection");
      tcp.write(Buffer.from([0x81, 0xfe, 0]));
      return { gone: once(tcp, "close").then(() => "closed"), as: "closed" };
    },
    isStubborn: true,
  },
  ...["allowRequest", "a middleware", "generateId"].map((what) => ({
    name: `a WebSocket handshake that waits for ${what}`,
    options: what === "allowRequest" ? { allowRequest: never } : {},
    enter: async (running: Running) => {
      if (what === "generateId") running.engine.generateId = () => new Promise(never);
      if (what === "a middleware") running.engine.use(never);
      const { gone } = await hanging(running, "EIO=4&transport=websocket", UPGRADE_HEADERS);
      return { gone, as: "" };
    },
  })),
  {
    name: "a handshake for another path",
    enter: async (running) => {
      const gone = running.raw(request("GET", "/elsewhere", UPGRADE_HEADERS));
      await once(running.http, "upgrade");
      return { gone, as: "" };
    },
  },
];

describe("close", () => {
  test.each(states)("with $name leaves nobody behind, in time", async ({ options, enter, isStubborn = false }) => {
    const running = await start({ ...options, closeTimeout: CLOSE_TIMEOUT_MS, destroyUpgradeTimeout: 60_000 });
    const { gone, as } = await enter(running);
    const startedMs = performance.now();
    await running.engine.close();
    const tookMs = performance.now() - startedMs;
    expect(await gone).toBe(as);
    expect(running.engine.clientsCount).toBe(0);
    expect(tookMs).toBeLessThan(4_500); // the default is 5 s
    if (isStubborn) expect(tookMs).toBeGreaterThan(CLOSE_TIMEOUT_MS - 50);
  });

  test("a handshake over long-polling that is decided after the server has closed is refused", async () => {
    let decide: () => void = never;
    const running = await start({
      allowRequest: (_request, answer) => {
        decide = () => answer(null, true);
      },
    });
    const answer = running.fetch(POLLING);
    await once(running.http, "request");
    await running.engine.close();
    decide();
    expect((await answer).status).toBe(503);
  });
});
