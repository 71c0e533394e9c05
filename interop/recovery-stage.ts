import type { Server, Socket as ServerSocket } from "socket.io";
import type { Manager, ManagerOptions, Socket as ClientSocket } from "socket.io-client";
import { onTestFinished } from "vitest";
import { eventually, once } from "./events.ts";
import { startRelay, type Relay } from "./recovery-relay.ts";
import { connected, upgraded, type Cell, type Rig, type ServerSettings } from "./rig.ts";

const eager = { reconnection: true, reconnectionDelay: 1, reconnectionDelayMax: 5, randomizationFactor: 0 };

/** A client behind a line that can fail, and its server. */
export interface Scene {
  readonly rig: Rig;
  readonly relay: Relay;
  readonly client: ClientSocket;
  readonly socket: ServerSocket;
  /** Everything that the client hears from now on, without offsets. */
  readonly heard: unknown[][];
  /** Cuts the line and waits until both ends know. */
  readonly lose: () => Promise<void>;
  /** Mends the line and waits until the client is back; returns the server's new end. */
  readonly back: () => Promise<ServerSocket>;
}

/** Sets the scene: a server with recovery, and a connected client that reconnects at once. */
export async function stage(
  { start, channel }: Pick<Cell, "start" | "channel">,
  recovery: object = {},
  settings: ServerSettings = {},
  prepare: (io: Server) => void = () => {},
): Promise<Scene> {
  const rig = await start({ connectionStateRecovery: recovery, ...settings }, prepare);
  const relay = await startRelay(rig.port);
  const client = managerOn(relay, rig).socket("/");
  await connected(client);
  if (channel.name === "upgrade") await upgraded(client);
  const socket = rig.peer(client);
  const heard: unknown[][] = [];
  client.onAny((...args) => heard.push(withoutOffset(rig, args)));
  return {
    rig,
    relay,
    client,
    socket,
    heard,
    async lose() {
      const peer = rig.peer(client);
      const gone = once(client, "disconnect");
      await inTouch(peer);
      relay.down();
      relay.kill();
      await gone;
      // in the middle of an upgrade there may be nothing by which a server could notice at once
      if (peer.connected) peer.conn.close(true);
    },
    async back() {
      const again = once(client, "connect");
      relay.up();
      await again;
      if (channel.name === "upgrade") await upgraded(client);
      return rig.peer(client);
    },
  };
}

/** Waits until the client's poll is there: between two polls, a client on long-polling does not notice that a line fails. */
export async function inTouch(peer: ServerSocket): Promise<void> {
  await eventually(() => peer.conn.transport.writable, "the client polls");
}

/** Cuts the line so that only the clients notice, and waits until they have. */
export async function silence(clients: readonly ClientSocket[], peer: ServerSocket, relay: Relay): Promise<void> {
  const gone = clients.map((client) => once(client, "disconnect"));
  await inTouch(peer);
  relay.down();
  relay.kill("half-open");
  await Promise.all(gone);
}

/** A connection of its own over the relay. It ends with the test. */
export function managerOn({ port }: Relay, { pair, channel }: Rig, extra: Partial<ManagerOptions> = {}): Manager {
  const manager = new pair.client.Manager(`http://127.0.0.1:${port}`, { ...channel.options, ...eager, ...extra });
  onTestFinished(() => {
    manager.reconnection(false);
    manager.engine?.close();
  });
  return manager;
}

/** The incumbent's client hands the offset to listeners, at the end. */
function withoutOffset({ pair }: Rig, args: unknown[]): unknown[] {
  const isExtra = typeof args.at(-1) === "string" && !(pair.client.ours && pair.server.ours);
  return isExtra ? args.slice(0, -1) : args;
}
