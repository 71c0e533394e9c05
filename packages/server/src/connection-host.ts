import type { EngineMessagePreparer, Parser } from "@halyard/contracts";
import type { DeadlineQueue } from "@halyard/core";
import type { DrainWatch } from "./backpressure/drain-watch.ts";
import type { Counters } from "./counters.ts";
import type { DecoderPool } from "./decoder-pool.ts";
import type { RetryHint } from "./delivery/retry-hint.ts";
import type { Entrance, EntranceRequest } from "./entrance.ts";
import type { Limits } from "./resolved-options.ts";
import type { SocketControl } from "./socket-control.ts";

/** A socket as its connection sees it. */
export interface Seated {
  readonly nsp: { readonly name: string };
  readonly connected: boolean;
  disconnect(close: boolean, hint: RetryHint): unknown;
}

/** What connections share: one object for all of a server. */
export interface ConnectionHost<Member> {
  readonly parser: Parser;
  /** Encodes for the engine; there is none before the server is attached. */
  readonly preparer: EngineMessagePreparer | undefined;
  readonly decoders: DecoderPool;
  /** For clients of Engine.IO 3, whose namespaces carry a query string. */
  readonly legacyDecoders: DecoderPool;
  readonly limits: Limits;
  readonly control: Pick<SocketControl<Member>, "receive" | "fault" | "close" | "isBusy">;
  readonly counters: Counters;
  /** Whether packets to slow clients are dropped, rather than their connections closed. */
  readonly dropsOnOverflow: boolean;
  /** Tells sockets that nothing is queued any more for their client. */
  readonly drains: DrainWatch<Member>;
  /** How long a client may stay without a namespace. */
  readonly joinDeadlines: DeadlineQueue;
  /** How long a packet may wait for its attachments. */
  readonly attachmentDeadlines: DeadlineQueue;
  findNamespace(name: string): Entrance<Member> | undefined;
  /** Asks the parent namespaces for one that does not exist yet. */
  resolveNamespace(request: EntranceRequest<Member>): void;
}
