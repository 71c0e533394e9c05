import type { EngineMessage } from "@halyard/contracts";

/** What a client wants that asks for a namespace. */
export interface ConnectRequest {
  readonly name: string;
  /** Nothing is kept of a client that sends none. */
  readonly auth: Record<string, unknown> | undefined;
}

/** Type digit, separator and what JSON adds around an auth payload. */
const CONNECT_OVERHEAD_BYTES = 2;

/** Reads the namespace of a CONNECT packet. Old clients put their query behind it; it takes the place of `auth`. */
export function readConnect(
  protocol: 3 | 4,
  namespace: string,
  data: Readonly<Record<string, unknown>> | undefined,
): ConnectRequest {
  if (protocol !== 3) return { name: namespace, auth: data };
  const start = namespace.indexOf("?");
  if (start < 0) return { name: namespace, auth: undefined };
  const auth: Record<string, unknown> = Object.create(null);
  for (const [key, value] of new URLSearchParams(namespace.slice(start))) auth[key] = value;
  return { name: namespace.slice(0, start), auth };
}

/** Whether the message of a CONNECT packet holds more `auth` than allowed. */
export function isAuthTooLarge(message: EngineMessage, namespace: string, maxAuthBytes: number): boolean {
  return Buffer.byteLength(message) > maxAuthBytes + Buffer.byteLength(namespace) + CONNECT_OVERHEAD_BYTES;
}
