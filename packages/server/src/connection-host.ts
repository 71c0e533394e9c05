import type { Parser } from "@halyard/contracts";
import type { DeadlineQueue } from "@halyard/core";
import type { DecoderPool } from "./decoder-pool.ts";
import type { NamespaceCore } from "./namespace-core.ts";
import type { NamespaceRequest } from "./namespace-registry.ts";
import type { Limits } from "./options.ts";
import type { SocketControl } from "./socket-control.ts";

/** What connections share: one object for all of a server. */
export interface ConnectionHost {
  readonly parser: Parser;
  readonly decoders: DecoderPool;
  /** For clients of Engine.IO 3, whose namespaces carry a query string. */
  readonly legacyDecoders: DecoderPool;
  readonly limits: Limits;
  readonly control: SocketControl;
  /** How long a client may stay without a namespace. */
  readonly joinDeadlines: DeadlineQueue;
  /** How long a packet may wait for its attachments. */
  readonly attachmentDeadlines: DeadlineQueue;
  findNamespace(name: string): NamespaceCore | undefined;
  /** Asks the parent namespaces for one that does not exist yet. */
  resolveNamespace(request: NamespaceRequest): void;
}
