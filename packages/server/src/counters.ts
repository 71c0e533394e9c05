import type { DisconnectReason } from "./socket-events.ts";

/** What a server has refused, ignored and dropped since it was made. */
export interface ServerStats {
  /** Connections that have ended, by reason. A client that broke the protocol is among `parse error` or `forced server close`. */
  readonly closed: Readonly<Partial<Record<DisconnectReason, number>>>;
  /** Connections that the server has ended for what their clients did. */
  readonly violations: {
    /** Messages outside of the grammar, or beyond a limit on packets. */
    readonly parse: number;
    /** Well-formed packets where they must not be, or too many: namespaces, refused CONNECTs. */
    readonly protocol: number;
    /** Clients that were in no namespace for longer than `connectTimeout`. */
    readonly idle: number;
  };
  /** CONNECTs that were refused. */
  readonly refusedConnects: number;
  /** What came too late or twice, and did no harm. */
  readonly ignored: {
    /** Acknowledgements that nobody waited for, or no more. */
    readonly acks: number;
    /** Packets that were under way to a socket when the server disconnected it. */
    readonly packets: number;
    /** Events that clients have sent again after they were handled; they get the answer again. */
    readonly repeats: number;
  };
  /** Packets to clients that did not leave, each counted once however many attachments it has. */
  readonly dropped: {
    /** Volatile packets that could not have left at once. */
    readonly volatile: number;
    /** Packets to slow clients, with the option `overflow: "drop"`. */
    readonly overflow: number;
  };
  /** What was reported to `onError`, or as a warning: handlers, middlewares and callbacks that threw or rejected, and the adapter. */
  readonly failures: number;
}

/** Counts for {@link ServerStats}. Nothing is counted for what goes well. */
export class Counters {
  parseViolations = 0;
  protocolViolations = 0;
  idleConnections = 0;
  refusedConnects = 0;
  ignoredAcks = 0;
  ignoredPackets = 0;
  repeatedEvents = 0;
  droppedVolatile = 0;
  droppedOnOverflow = 0;
  failures = 0;
  readonly #closed = new Map<DisconnectReason, number>();

  countClosed(reason: DisconnectReason): void {
    this.#closed.set(reason, (this.#closed.get(reason) ?? 0) + 1);
  }

  /** The counts as they are now. */
  read(): ServerStats {
    return {
      closed: Object.fromEntries(this.#closed),
      violations: { parse: this.parseViolations, protocol: this.protocolViolations, idle: this.idleConnections },
      refusedConnects: this.refusedConnects,
      ignored: { acks: this.ignoredAcks, packets: this.ignoredPackets, repeats: this.repeatedEvents },
      dropped: { volatile: this.droppedVolatile, overflow: this.droppedOnOverflow },
      failures: this.failures,
    };
  }
}
