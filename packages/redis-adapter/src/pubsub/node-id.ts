import { randomBytes } from "node:crypto";

/** Nodes of this package are told by it from those of `@socket.io/redis-adapter`, whose ids have 6 characters. */
const PREFIX = "hal-";

/** Names one run of one node. */
export function createNodeId(): string {
  return PREFIX + randomBytes(12).toString("base64url");
}

/** Names one request. */
export function createRequestId(): string {
  return randomBytes(9).toString("base64url");
}

/** Whether a node is of this package, so that its answers say whose they are. */
export function isOurs(uid: string): boolean {
  return uid.startsWith(PREFIX);
}
