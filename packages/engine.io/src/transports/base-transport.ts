import type { ServerTransport } from "./server-transport.ts";

/** What the built-in transports are instances of; exported to applications as `Transport`. */
export abstract class BaseTransport {
  /** `polling`, `websocket`, or the name of a transport of your own. */
  abstract readonly name: ServerTransport["name"];
}
