import type { Duplex } from "node:stream";
import { codedError } from "@halyard/core";
import { takerOf } from "../transports/frame-reader.ts";

/**
 * Whether a connection is a WebSocket already, one of ours or of any copy of `ws`. That library leaves a symbol of this
 * description on every connection that it has taken, and looks for it to throw when its own is handed over once more.
 */
export function isTaken(connection: Duplex): boolean {
  if (takerOf(connection) !== undefined) return true;
  if (connection.listenerCount("data") === 0) return false;
  return Object.getOwnPropertySymbols(connection).some(({ description }) => description === "websocket");
}

/** What the application is told of a connection that two take for theirs. */
export function takenError(): Error {
  return codedError(
    "CONNECTION_TAKEN",
    "the connection is a WebSocket already: is a second listener for `upgrade` at work?",
  );
}

/**
 * Holds back what is written to a connection until all listeners of `upgrade` have been called, so that another one's answer
 * to the handshake does not leave. `onTaken` is called if one of them reads from the connection too; it has to destroy it.
 */
export function watchOtherListeners(connection: Duplex, onTaken: () => void): void {
  const readers = connection.listenerCount("data");
  connection.cork();
  process.nextTick(() => {
    if (connection.listenerCount("data") > readers) onTaken();
    else connection.uncork();
  });
}
