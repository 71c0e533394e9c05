import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server, ServerOptions } from "socket.io";
import { describe, expect, test } from "vitest";
import { serverEnds } from "./ends.ts";
import { openWebSocket } from "./raw.ts";
import { serveEnd, type Serving } from "./stock.ts";

/** A server, and everything that a raw client of it got, ids replaced by their order. */
interface Wire extends Serving {
  /** Sends messages over a WebSocket of its own, and answers what comes back until `last`, or the end of the connection. */
  readonly talk: (
    messages: readonly (string | Buffer)[],
    options?: { query?: string; last?: string | RegExp },
  ) => Promise<unknown[]>;
  readonly log: unknown[];
}

export interface WireRow {
  readonly name: string;
  readonly settings?: Partial<ServerOptions>;
  readonly prepare?: (io: Server, log: unknown[]) => void;
  readonly see: (wire: Wire) => unknown;
  /** What ours shows in the place of what the incumbent shows; the title says why. */
  readonly ours?: unknown;
}

/** The event that ends a talk: the server answers it with an event of its own, which comes after all that was caused before. */
export const BYE = '42["bye"]';

/** Defines a test for each row: what is seen at ours is what is seen at the incumbent. */
export function wireSideBySide(title: string, rows: readonly WireRow[]): void {
  describe(title, () => {
    test.each(rows)("$name", async (row) => {
      const seen: unknown[] = [];
      for (const end of serverEnds) {
        const serving = await serveEnd(end, row.settings);
        serving.http.on("request", elsewhere);
        const log: unknown[] = [];
        row.prepare?.(serving.io, log);
        seen.push(await row.see({ ...serving, log, talk: (...args) => talk(serving.port, ...args) }));
      }
      const [incumbent, ours] = seen;
      expect(incumbent, "the row shows something").toBeDefined();
      expect(ours).toEqual("ours" in row ? row.ours : incumbent);
    });
  });
}

/** The application's answer to requests that are none of the server's. */
export function elsewhere({ url = "" }: IncomingMessage, response: ServerResponse): void {
  if (!url.startsWith("/socket.io/")) response.writeHead(404).end("elsewhere");
}

async function talk(
  port: number,
  messages: readonly (string | Buffer)[],
  { query = "EIO=4&transport=websocket", last = BYE }: { query?: string; last?: string | RegExp } = {},
): Promise<unknown[]> {
  const { ws, next } = await openWebSocket(port, `/socket.io/?${query}`);
  const isV4 = query.startsWith("EIO=4");
  const ids = new Map<string, string>();
  const received: unknown[] = [];
  const isLast = (data: unknown): boolean =>
    typeof last === "string" ? data === last : typeof data === "string" && last.test(data);
  const take = async (): Promise<void> => {
    const data = await next();
    received.push(typeof data === "string" ? withoutIds(data, ids) : { bytes: [...data] });
  };
  try {
    await take();
    for (const message of messages) {
      ws.send(message);
      if (isV4 && String(message).startsWith("40")) await take(); // clients wait until they have joined
    }
    while (!isLast(received.at(-1))) await take();
    ws.terminate();
  } catch {
    received.push("closed");
  }
  return received;
}

export function withoutIds(text: string, ids: Map<string, string>): string {
  return text.replace(/[\w-]{20}(?![\w-])/g, (id) => {
    if (!ids.has(id)) ids.set(id, `id ${ids.size}`);
    return String(ids.get(id));
  });
}
