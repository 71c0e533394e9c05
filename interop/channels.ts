import type { Socket } from "socket.io-client";
import { once } from "./events.ts";

/** How a client reaches its server. */
export interface Channel {
  readonly name: "polling" | "websocket" | "upgrade";
  readonly options: { readonly transports?: string[] };
}

export const channels: readonly Channel[] = [
  { name: "polling", options: { transports: ["polling"] } },
  { name: "websocket", options: { transports: ["websocket"] } },
  { name: "upgrade", options: {} },
];

/** Waits until a client socket is connected; fails at once if it is refused. */
export async function connected(client: Socket): Promise<void> {
  if (client.connected) return;
  await once(client, "connect", { unless: ["connect_error", "error"] });
}

/** Waits until a connection has left long-polling, where it is meant to. */
export async function upgraded(client: Socket): Promise<void> {
  const { engine } = client.io;
  if (engine.transport.name === "websocket") return;
  await once(engine, "upgrade");
}
