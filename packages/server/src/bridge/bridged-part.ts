import type { NamespaceBroadcasts, Recipient } from "../broadcast/namespace-broadcasts.ts";
import type { KeptEvents } from "../recovery/kept-events.ts";
import type { ServerEvents } from "../server-events.ts";

/** This server's part of a namespace, as far as a bridged adapter reaches it. */
export interface BridgedPart {
  readonly name: string;
  readonly broadcasts: NamespaceBroadcasts<Recipient>;
  /** Absent where connection state recovery is off. */
  readonly recovery:
    | { readonly pastMs: number; readonly events: Pick<KeptEvents, "keepPast">; onGap(): void }
    | undefined;
  readonly serverEvents: Pick<ServerEvents, "receive">;
  readonly adapterView: {
    readonly rooms: ReadonlyMap<string, ReadonlySet<string>>;
    readonly sids: ReadonlyMap<string, ReadonlySet<string>>;
  };
  report(thrown: unknown): void;
}
