import type { Timer } from "@halyard/contracts";
import type { Engine } from "./engine.ts";

/** Hears how an attempt to connect ended. */
export type OpenCallback = (error?: Error) => void;

interface Attempt {
  readonly engine: Engine;
  readonly timer: Timer | undefined;
  /** Whether it is part of getting back a lost connection. */
  readonly reconnecting: boolean;
  readonly callback: OpenCallback | undefined;
}

/** Where the connection behind a manager is in its life. */
export type ConnectionState = Partial<Attempt> &
  (
    | /** For good, until it is opened. */ { readonly name: "closed" }
    /** Just now: those who hear of it may still decide what becomes of it. */
    | { readonly name: "lost" }
    /** Just now, and there will be another attempt in a while, which sockets that want to connect wait for. */
    | { readonly name: "failed" }
    /** Between two attempts to reconnect. */
    | { readonly name: "waiting"; readonly timer: Timer }
    | ({ readonly name: "opening" } & Attempt)
    | { readonly name: "open"; readonly engine: Engine }
  );

export const CLOSED: ConnectionState = { name: "closed" };
export const LOST: ConnectionState = { name: "lost" };
export const FAILED: ConnectionState = { name: "failed" };
