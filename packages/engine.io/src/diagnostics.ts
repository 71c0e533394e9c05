import type { EngineCloseReason, TransportName } from "@halyard/contracts";
import {
  engineClose,
  engineOpen,
  engineRefuse,
  engineUpgrade,
  engineUpgradeFail,
  type UpgradeFailure,
} from "@halyard/diagnostics";
import type { ConnectionError } from "./connection-error.ts";
import { parseQuery } from "./request-query.ts";

/** A session as diagnostics tell of it. */
interface Subject {
  readonly id: string;
  readonly protocol: 3 | 4;
  readonly remoteAddress: string;
  readonly transport: { readonly name: TransportName };
  readonly handshake: { readonly issuedMs: number };
}

/** An attempt to move a session to another transport. */
export interface UpgradeAttempt {
  readonly from: TransportName;
  readonly to: TransportName;
  readonly durationMs: number;
}

/** An upgrade that is over. */
interface Attempted {
  readonly attempt: UpgradeAttempt;
}

/** A session is about to say its handshake. */
export function publishOpen({ id: connectionId, protocol, remoteAddress: address, transport }: Subject): void {
  if (engineOpen.hasSubscribers) engineOpen.publish({ connectionId, transport: transport.name, protocol, address });
}

/** A session has ended, at the time `nowMs`. */
export function publishClose(
  session: Subject,
  reason: EngineCloseReason,
  cause: Error | undefined,
  nowMs: number,
): void {
  if (!engineClose.hasSubscribers) return;
  const { id: connectionId, transport, handshake } = session;
  const durationMs = Math.max(0, nowMs - handshake.issuedMs);
  engineClose.publish({ connectionId, transport: transport.name, reason, durationMs, ...describeError(cause) });
}

/** A request was refused. */
export function publishRefusal({ code, message, context, req }: ConnectionError): void {
  if (!engineRefuse.hasSubscribers) return;
  const { name: detail } = context;
  const { transport } = parseQuery(req.url ?? "");
  engineRefuse.publish({
    code,
    message,
    address: req.socket.remoteAddress ?? "",
    ...(typeof detail === "string" && { detail }),
    ...(transport !== undefined && TRANSPORTS.has(transport) && { transport }),
  });
}

/** A session has moved. */
export function publishUpgrade(connectionId: string, upgrade: Attempted): void {
  if (engineUpgrade.hasSubscribers) engineUpgrade.publish({ connectionId, ...upgrade.attempt });
}

/** A session has not moved. */
export function publishUpgradeFailure(connectionId: string, upgrade: Attempted, reason: UpgradeFailure): void {
  if (engineUpgradeFail.hasSubscribers) engineUpgradeFail.publish({ connectionId, ...upgrade.attempt, reason });
}

const TRANSPORTS: ReadonlySet<string> = new Set(["polling", "websocket", "webtransport"]);

function describeError(error: Error | undefined): { readonly error?: Error; readonly code?: string } {
  if (error === undefined) return {};
  return "code" in error && typeof error.code === "string" ? { error, code: error.code } : { error };
}
