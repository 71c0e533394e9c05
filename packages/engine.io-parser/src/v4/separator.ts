/** Stands between the packets of a payload (Engine.IO v4). JSON escapes it, so that no Socket.IO packet contains it. */
export const SEPARATOR = "\x1e";
