import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { serverEnds } from "./ends.ts";
import { serveEnd, stockLink, type Serving } from "./stock.ts";

/** A server and one client of it. */
interface Scene extends Serving {
  readonly socket: any;
  readonly peer: ClientSocket;
}

/** A name, what is called, and what ours does instead of what the incumbent does, where that is meant to differ. */
export type CallRow = readonly [name: string, see: (scene: Scene & { readonly io: any }) => unknown, ours?: unknown];

/** What a call gives back, or throws, in a form that is the same for both servers if they do the same. */
async function outcomeOf(scene: Scene, see: CallRow[1]): Promise<unknown> {
  try {
    const given = see(scene);
    if (given instanceof Promise) return { resolved: shown(await given, scene) };
    return shown(given, scene);
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : { thrown };
  }
}

function shown(value: unknown, scene: Scene): unknown {
  const { io, socket, http } = scene;
  const known = new Map<unknown, string>([
    [io, "io"],
    [socket, "socket"],
    [http, "http"],
    [io.sockets, "main"],
    [io.engine, "engine"],
    [socket.conn, "conn"],
    [socket.client, "client"],
    [socket.id, "id"],
  ]);
  if (known.has(value)) return known.get(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Map) return { map: [...value].map(([key, each]) => [shown(key, scene), shown(each, scene)]) };
  if (value instanceof Set) return { set: [...value].map((each) => shown(each, scene)) };
  if (Array.isArray(value)) return value.map((each) => shown(each, scene));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return value;
  const { constructor } = value;
  if (["BroadcastOperator", "TimedBroadcast"].includes(constructor?.name)) return "an operator";
  if (constructor === Object || constructor === undefined)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each, scene)]));
  return `a ${constructor.name.replace(/^_/, "")}`;
}

/** Defines a test for each row: what calls do at ours is what they do at the incumbent, unless the row says otherwise. */
export function callsSideBySide(title: string, rows: readonly CallRow[]): void {
  describe(title, () => {
    for (const row of rows) test(row[0], () => compare(row));
  });
}

async function compare(row: CallRow): Promise<void> {
  const seen: unknown[] = [];
  for (const end of serverEnds) {
    const serving = await serveEnd(end);
    const { peer, socket } = await stockLink(serving);
    seen.push(await outcomeOf({ ...serving, peer, socket }, row[1]));
  }
  const [incumbent, ours] = seen;
  expect(ours).toEqual(row.length > 2 ? row[2] : incumbent);
}
