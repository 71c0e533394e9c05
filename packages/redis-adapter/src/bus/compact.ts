import type { BusMessage } from "@halyard/contracts";

/** A broadcast as a batch holds it, whose other ends are known: what it goes to everybody without is left out. */
export type CompactBroadcast = readonly [namespace: string, data: unknown, options?: unknown, mark?: unknown];

/** Type of a broadcast among the messages of a bus. */
const BROADCAST = 3;
/** Type of an event among the packets of Socket.IO. */
const EVENT = 2;

/** Writes a message of a bus for a batch. @returns undefined for one that has to stay as it is */
export function compactMessage({ nsp, type, data }: BusMessage): CompactBroadcast | undefined {
  if (type !== BROADCAST || !isFields(data)) return undefined;
  const { packet, opts, mark } = data;
  if (!isFields(packet) || packet["type"] !== EVENT || packet["nsp"] !== nsp) return undefined;
  // whatever else it says, such as who wants an answer, must not get lost
  const isWhole = Object.keys(data).length === (mark === undefined ? 2 : 3) && Object.keys(packet).length === 3;
  return isWhole ? compactBroadcast(nsp, packet["data"], opts, mark) : undefined;
}

/** Writes a broadcast for a batch. */
export function compactBroadcast(namespace: string, data: unknown, options: unknown, mark?: unknown): CompactBroadcast {
  const isForAll =
    isFields(options) && isNone(options["rooms"]) && isNone(options["except"]) && isNone(options["flags"]);
  if (mark !== undefined) return [namespace, data, isForAll ? null : options, mark];
  return isForAll ? [namespace, data] : [namespace, data, options];
}

/** Makes of what {@link compactMessage} has written what it was; receivers check it like all messages. */
export function expandMessage(uid: unknown, part: readonly unknown[]): unknown {
  const { packet, options, mark } = expandBroadcast(part);
  const data = mark === undefined ? { packet, opts: options } : { packet, opts: options, mark };
  return { uid, nsp: packet.nsp, type: BROADCAST, data };
}

/** Reads the parts of what {@link compactBroadcast} has written, which may hold anything. */
export function expandBroadcast([nsp, data, options, mark]: readonly unknown[]): {
  readonly packet: { readonly type: number; readonly data: unknown; readonly nsp: unknown };
  readonly options: unknown;
  readonly mark: unknown;
} {
  return { packet: { type: EVENT, data, nsp }, options: options ?? FOR_ALL, mark };
}

const FOR_ALL = { rooms: [], except: [], flags: {} };

function isNone(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
