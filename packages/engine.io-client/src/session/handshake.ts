/** What the server says when it opens a session (Engine.IO protocol, "Handshake"). */
export interface HandshakeData {
  readonly sid: string;
  /** Transports that the session can be upgraded to. */
  readonly upgrades: readonly string[];
  /** Milliseconds between the server's pings. */
  readonly pingInterval: number;
  /** Milliseconds the server waits for a pong. */
  readonly pingTimeout: number;
  /** Bytes that the server accepts in one polling request; 0 when it does not say. */
  readonly maxPayload: number;
}

/**
 * Reads the data of an open packet.
 *
 * @throws an error when it is not what the protocol prescribes.
 */
export function parseHandshake(json: string): HandshakeData {
  const data: unknown = JSON.parse(json);
  if (isHandshake(data)) return data;
  throw new Error("invalid handshake");
}

function isHandshake(data: unknown): data is HandshakeData {
  const { sid, upgrades, pingInterval, pingTimeout }: Partial<HandshakeData> = Object(data);
  return typeof sid === "string" && Array.isArray(upgrades) && Number(pingInterval) > 0 && Number(pingTimeout) > 0;
}
