import type { Untyped } from "@halyard/contracts";
import type { BroadcastOptions } from "../index.ts";

/** A socket as adapters of socket.io use it, which keeps what it is sent. */
export interface FakeSocket {
  readonly id: string;
  readonly sent: unknown[];
  readonly acks: Map<number, (answer: unknown) => void>;
  readonly [member: string]: unknown;
}

/** A namespace as adapters of socket.io use it. */
export class FakeNamespace {
  readonly name: string;
  readonly sockets: Map<string, FakeSocket> = new Map();
  readonly server: { readonly opts: object; readonly encoder: { encode(packet: unknown): unknown[] } };
  readonly serverEvents: unknown[][] = [];
  _ids = 0;

  constructor(opts: object = {}, name = "/") {
    this.name = name;
    this.server = { opts, encoder: { encode: (packet) => [packet] } };
  }

  _onServerSideEmit(args: unknown[]): void {
    this.serverEvents.push(args);
  }

  /** Connects a socket, which is in a room of its own as all are. */
  join(adapter: Untyped, id: string, ...rooms: string[]): FakeSocket {
    const sent: unknown[] = [];
    const socket = {
      id,
      sent,
      acks: new Map(),
      handshake: { address: "::1", sessionStore: {} },
      data: { name: id },
      get rooms() {
        return adapter.sids.get(id) ?? new Set();
      },
      join: (joined: string[]) => adapter.addAll(id, new Set(joined)),
      leave: (room: string) => adapter.del(id, room),
      disconnect: (close: boolean) => {
        sent.push(close ? "closed" : "disconnected");
        adapter.delAll(id);
        this.sockets.delete(id);
      },
      client: {
        writeToEngine: ([packet]: Untyped[], options: object) => sent.push({ data: packet.data, ...options }),
      },
    };
    this.sockets.set(id, socket);
    adapter.addAll(id, new Set([id, ...rooms]));
    return socket;
  }
}

/** Whom an operation is for. */
export function to(rooms: string[] = [], except: string[] = [], flags: object = {}): Required<BroadcastOptions> {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}
