import { Bench, take, type FakeClient } from "../fake-client.fixture.ts";
import type { Socket } from "../socket.ts";
import type { ServerOptions } from "../server.ts";
import type { ConnectionStateRecoveryOptions } from "./recovery-options.ts";

/** A client that was let in. */
export interface Seat {
  readonly client: FakeClient;
  readonly socket: Socket;
  readonly sid: string;
  readonly pid: string;
}

/** A server with recovery, and clients that come back as stock clients do. */
export class RecoveryBench extends Bench {
  /** Everybody who was let in, in order. */
  readonly sockets: Socket[] = [];

  constructor(recovery: ConnectionStateRecoveryOptions = {}, options: Partial<ServerOptions> = {}) {
    super({ connectionStateRecovery: recovery, ...options });
    this.io.on("connection", (socket) => this.sockets.push(socket));
  }

  /** Joins, as a new client or with what another has kept. */
  seat(auth?: { readonly pid?: unknown; readonly offset?: unknown }): Seat {
    const client = this.open();
    client.write(auth === undefined ? "0" : `0${JSON.stringify(auth)}`);
    const { sid, pid } = JSON.parse(String(client.sent.shift()).slice(1)) as { sid: string; pid: string };
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("nobody was let in");
    return { client, socket, sid, pid };
  }
}

/** An event as a client has got it. */
export interface Heard {
  readonly event: unknown[];
  readonly offset: string;
}

/** The events that a client has got, each with its offset. */
export function heard(client: FakeClient): Heard[] {
  return take(client).map((message) => {
    const event = JSON.parse(String(message).slice(1)) as unknown[];
    return { event: event.slice(0, -1), offset: String(event.at(-1)) };
  });
}

/** The events that a client has got, without their offsets. */
export function events(client: FakeClient): unknown[][] {
  return heard(client).map(({ event }) => event);
}

/** The offset that a client which has got something shows. */
export function lastOffset(client: FakeClient): string {
  return String(heard(client).at(-1)?.offset);
}
