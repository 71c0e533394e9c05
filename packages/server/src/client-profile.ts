import type { IncomingMessage } from "node:http";
import type { EventsMap, Untyped } from "@halyard/contracts";
import { CatchAllEmitter } from "./catch-all-emitter.ts";
import type { EngineConnection } from "./engine-connection.ts";
import { buildHandshake, type Handshake } from "./handshake.ts";

/** What a socket knows of its client: what it said when it connected, and the application's own data about it. */
export abstract class ClientProfile<
  ListenEvents extends EventsMap,
  ReservedEvents extends EventsMap,
  SocketData,
> extends CatchAllEmitter<ListenEvents, ReservedEvents> {
  /** What the client said; until somebody asks, no more of it than the connection does not know. */
  #handshake: Handshake | Pick<Handshake, "auth"> | undefined;
  #data: Untyped;

  /** @internal */
  constructor(auth: Record<string, unknown> | undefined, data: unknown) {
    super();
    this.#handshake = auth && { auth };
    this.#data = data;
  }

  /** The engine's session below. */
  abstract get conn(): EngineConnection;

  /** The handshake request. Reading it keeps it in memory for the life of the connection. */
  get request(): IncomingMessage {
    return this.conn.request;
  }

  /** What the client said when it connected. */
  get handshake(): Handshake {
    const known = this.#handshake;
    if (known !== undefined && "headers" in known) return known;
    const { handshake, remoteAddress } = this.conn;
    return (this.#handshake = buildHandshake(handshake, remoteAddress, known?.auth ?? {}));
  }

  /** The application's own data about the client; `fetchSockets()` brings it to other servers too. */
  get data(): SocketData {
    this.#data ??= {};
    return this.#data;
  }

  /** Replaces the data as a whole. */
  set data(value: SocketData) {
    this.#data = value;
  }
}
