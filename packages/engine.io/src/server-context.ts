import { DeadlineQueue } from "@halyard/core";
import { createCompressor } from "./hosts/response-compression.ts";
import { LoopTurns, WorkMeters } from "./loop-turns.ts";
import type { ResolvedOptions } from "./options.ts";
import type { HeartbeatContext } from "./session/heartbeat.ts";
import type { UpgradeContext } from "./session/upgrade.ts";
import type { LibraryWriterContext } from "./transports/library-writer.ts";
import { FlushScheduler } from "./transports/flush-scheduler.ts";
import type { PayloadCompressor, PollingContext } from "./transports/polling.ts";
import type { WebSocketContext } from "./transports/websocket.ts";

/** Hears of the connections whose closing handshake is under way. */
export type LingeringOwner = Pick<WebSocketContext, "onLingering" | "onGone">;

/** What the parts of one server share: queues of waits, the flush scheduler, and the limits. */
export class ServerContext {
  readonly polling: PollingContext;
  readonly webSocket: WebSocketContext & LibraryWriterContext;
  readonly #options: ResolvedOptions;
  readonly #turns: LoopTurns;
  #heartbeat: HeartbeatContext;
  #upgrade: UpgradeContext;
  #compress: PayloadCompressor | undefined;

  constructor(options: ResolvedOptions, lingering: LingeringOwner, report: (error: unknown) => void) {
    const { clock } = options;
    this.#options = options;
    this.#turns = new LoopTurns(clock, report);
    this.#heartbeat = this.#createHeartbeat();
    this.#upgrade = this.#createUpgrade();
    this.#compress = compressorOf(options);
    const meters = new WorkMeters(this.#turns, { maxPackets: options.maxPacketsPerTurn, maxMs: options.maxTurnMs });
    this.polling = this.#createPolling(meters, report);
    this.webSocket = this.#createWebSocket(meters, lingering, report);
  }

  /** What sessions that open from now on beat with. */
  get heartbeat(): HeartbeatContext {
    return this.#heartbeat;
  }

  /** What upgrades that begin from now on use. */
  get upgrade(): UpgradeContext {
    return this.#upgrade;
  }

  /** Options have changed. Whoever waits in a queue goes on waiting there; limits count for everybody at once. */
  renew(): void {
    this.#heartbeat = this.#createHeartbeat();
    this.#upgrade = this.#createUpgrade();
    this.#compress = compressorOf(this.#options);
  }

  #createHeartbeat(): HeartbeatContext {
    const { clock, pingIntervalMs, pingTimeoutMs } = this.#options;
    return {
      clock,
      pings: new DeadlineQueue(clock, pingIntervalMs),
      pongs: new DeadlineQueue(clock, pingTimeoutMs),
      silences: new DeadlineQueue(clock, pingIntervalMs + pingTimeoutMs),
      afterInput: this.#turns.afterInput,
    };
  }

  #createUpgrade(): UpgradeContext {
    const { clock, upgradeTimeoutMs } = this.#options;
    return { clock, deadlines: new DeadlineQueue(clock, upgradeTimeoutMs, true) };
  }

  #createPolling(meters: WorkMeters, report: (error: unknown) => void): PollingContext {
    const options = this.#options;
    const compressor = (): PayloadCompressor | undefined => this.#compress;
    return {
      clock: options.clock,
      // an answer takes the poll with it: what comes a moment later would wait for the next one
      scheduler: new FlushScheduler("immediate", report),
      meters,
      get maxBodyBytes() {
        return options.maxPayloadBytes;
      },
      pollCloseTimeoutMs: options.pollCloseTimeoutMs,
      get compress() {
        return compressor();
      },
    };
  }

  #createWebSocket(
    meters: WorkMeters,
    lingering: LingeringOwner,
    report: (error: unknown) => void,
  ): ServerContext["webSocket"] {
    const options = this.#options;
    return {
      meters,
      get maxPayloadBytes() {
        return options.maxPayloadBytes;
      },
      onLingering: (connection) => lingering.onLingering(connection),
      onGone: (connection) => lingering.onGone(connection),
      scheduler: new FlushScheduler(options.flushPolicy, report),
      stalls: new DeadlineQueue(options.clock, options.stallTimeoutMs, true),
      afterInput: this.#turns.afterInput,
      maxQueuedBytes: options.maxQueuedBytes,
      get minCompressedBytes() {
        return options.perMessageDeflate ? (options.perMessageDeflate.threshold ?? 0) : Number.POSITIVE_INFINITY;
      },
    };
  }
}

function compressorOf({ httpCompression }: ResolvedOptions): PayloadCompressor | undefined {
  return httpCompression && createCompressor(httpCompression.thresholdBytes, httpCompression.zlib);
}
