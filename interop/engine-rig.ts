import * as ourEngine from "@halyard/engine.io";
import * as incumbentEngine from "engine.io";
import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { listening } from "./listening.ts";
import { openWebSocket, rawHttp, requestText, upgradeText, type RawAnswer } from "./raw.ts";

/** An Engine.IO server implementation; the incumbent's types are the common tongue. */
export interface EngineEnd {
  readonly name: "incumbent" | "ours";
  readonly module: typeof incumbentEngine;
}

export const engineEnds: readonly EngineEnd[] = [
  { name: "incumbent", module: incumbentEngine },
  { name: "ours", module: ourEngine as unknown as typeof incumbentEngine },
];

export type EngineSettings = ConstructorParameters<typeof incumbentEngine.Server>[0] & incumbentEngine.AttachOptions;

/** A running engine, and raw clients of it. Ends with the test. */
export interface EngineRig {
  readonly end: EngineEnd;
  readonly engine: incumbentEngine.Server;
  readonly http: HttpServer;
  readonly port: number;
  /** What connected, in order. */
  readonly sockets: incumbentEngine.Socket[];
  /** Codes and names of the refusals that the application was told of. */
  readonly refusals: unknown[];
  /** An answer of the engine, to `transport=polling` and protocol 4 unless told otherwise. */
  get(query?: string, headers?: Record<string, string>): Promise<RawAnswer>;
  post(query: string, body: string | Buffer, headers?: Record<string, string>): Promise<RawAnswer>;
  request(method: string, query: string, headers?: Record<string, string>): Promise<RawAnswer>;
  /** Opens a session over long-polling. */
  open(query?: string): Promise<{ sid: string; query: string; answer: RawAnswer; handshake: Record<string, unknown> }>;
  /** The answer to a WebSocket handshake that is refused. */
  refused(query: string, headers?: Record<string, string>): Promise<RawAnswer>;
  /** A WebSocket, opened. */
  connect(query?: string): ReturnType<typeof openWebSocket>;
}

export async function startEngine(
  end: EngineEnd,
  settings: EngineSettings = {},
  {
    prepare = () => {},
    listener,
  }: { prepare?: (engine: incumbentEngine.Server) => void; listener?: RequestListener } = {},
): Promise<EngineRig> {
  const http = createServer(listener);
  const engine = new end.module.Server(settings);
  engine.attach(http, settings);
  const sockets: incumbentEngine.Socket[] = [];
  const refusals: unknown[] = [];
  engine.on("connection", (socket) => sockets.push(socket));
  engine.on("connection_error", ({ code, context }) => refusals.push([code, context?.name ?? context?.message]));
  prepare(engine);
  const port = await listening(http);
  onTestFinished(async () => {
    http.closeAllConnections();
    engine.close();
    await new Promise((resolve) => http.close(resolve));
  });
  const target = (query: string): string => `/engine.io/?${query}`;
  const POLLING = "EIO=4&transport=polling";
  const rig: EngineRig = {
    end,
    engine,
    http,
    port,
    sockets,
    refusals,
    get: (query = POLLING, headers = {}) => rawHttp(port, requestText("GET", target(query), { headers })),
    post: (query, body, headers = {}) =>
      rawHttp(
        port,
        requestText("POST", target(query), { body, headers: { "content-type": "text/plain", ...headers } }),
      ),
    request: (method, query, headers = {}) => rawHttp(port, requestText(method, target(query), { headers })),
    async open(query = POLLING) {
      const answer = await rig.get(query);
      const text = answer.body.replaceAll('\\"', '"');
      const handshake = JSON.parse(text.slice(text.indexOf("{"), text.indexOf("}") + 1)) as Record<string, unknown>;
      const sid = String(handshake["sid"]);
      return { sid, query: `${query}&sid=${sid}`, answer, handshake };
    },
    refused: (query, headers = {}) => rawHttp(port, upgradeText(target(query), headers)),
    connect: (query = "EIO=4&transport=websocket") => openWebSocket(port, target(query)),
  };
  return rig;
}

/** One thing that applications or clients can see, seen at both servers. Where ours is meant to differ, `ours` says how. */
export interface Row {
  readonly name: string;
  readonly settings?: EngineSettings;
  readonly prepare?: (engine: incumbentEngine.Server) => void;
  /** The host's own listener, which is there before the engine. */
  readonly listener?: RequestListener;
  readonly see: (rig: EngineRig) => unknown;
  /** What ours shows in the place of what the incumbent shows; the title says why. */
  readonly ours?: unknown;
}

/** Defines a test for each row: what is seen at ours is what is seen at the incumbent. */
export function sideBySide(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    test.each(rows)("$name", async (row) => {
      const seen: unknown[] = [];
      for (const end of engineEnds) {
        const { prepare = () => {}, listener } = row;
        seen.push(await row.see(await startEngine(end, row.settings, { prepare, ...(listener && { listener }) })));
      }
      const [incumbent, ours] = seen;
      expect(incumbent, "the row shows something").toBeDefined();
      expect(ours).toEqual("ours" in row ? row.ours : incumbent);
    });
  });
}

/** An answer in short, without what differs from request to request. */
export function brief({ status, headers, body }: RawAnswer, ...names: readonly string[]): unknown {
  return { status, headers: Object.fromEntries(names.map((name) => [name, headers[name]])), body: withoutSid(body) };
}

export function withoutSid(body: string): string {
  return body.replace(/(\\?"sid\\?":\\?")[^"\\]+/, "$1…");
}
