import { io, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";

/** Connects a stock client on a connection of its own; it ends with the test. */
export function connect(url: string, options: object = {}): Socket {
  const client = io(url, { forceNew: true, reconnection: false, ...options });
  onTestFinished(() => void client.close());
  return client;
}
