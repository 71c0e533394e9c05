import type { EngineMessagePreparer, ServerEngineSocket } from "./socket.ts";

/** Accepts sessions; hosts (node:http, fetch) live behind it. `Request` is the host's own request object. */
export interface EngineServer<Request = unknown> extends EngineMessagePreparer {
  /** Sets the one consumer of new sessions. */
  bind(onConnection: (socket: ServerEngineSocket<Request>) => void): void;
  /** Ends every session and settles once none is left. Idempotent. */
  close(): Promise<void>;
}
