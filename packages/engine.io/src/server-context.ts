import { DeadlineQueue } from "@halyard/core";
import { createCompressor } from "./hosts/response-compression.ts";
import { LoopTurns, WorkMeters } from "./loop-turns.ts";
import type { ResolvedOptions } from "./options.ts";
import type { HeartbeatContext } from "./session/heartbeat.ts";
import type { UpgradeContext } from "./session/upgrade.ts";
import type { WriterContext } from "./transports/coalescing-writer.ts";
import { FlushScheduler } from "./transports/flush-scheduler.ts";
import type { PollingContext } from "./transports/polling.ts";
import type { WebSocketContext } from "./transports/websocket.ts";

/** What the parts of one server share: queues of waits, the flush scheduler, and the limits. */
export interface ServerContext {
  readonly heartbeat: HeartbeatContext;
  readonly upgrade: UpgradeContext;
  readonly polling: PollingContext;
  readonly webSocket: WebSocketContext & WriterContext;
}

/** Hears of the connections whose closing handshake is under way. */
export type LingeringOwner = Pick<WebSocketContext, "onLingering" | "onGone">;

/** Builds what the parts of one server share. */
export function createServerContext(
  options: ResolvedOptions,
  lingering: LingeringOwner,
  report: (error: unknown) => void,
): ServerContext {
  const { clock } = options;
  const turns = new LoopTurns(clock, report);
  const scheduler = new FlushScheduler(options.flushPolicy, report);
  const meters = new WorkMeters(turns, { maxPackets: options.maxPacketsPerTurn, maxMs: options.maxTurnMs });
  const stalls = new DeadlineQueue(clock, options.stallTimeoutMs);
  const compression = options.httpCompression;
  return {
    heartbeat: {
      clock,
      pings: new DeadlineQueue(clock, options.pingIntervalMs),
      pongs: new DeadlineQueue(clock, options.pingTimeoutMs),
      silences: new DeadlineQueue(clock, options.pingIntervalMs + options.pingTimeoutMs),
      afterInput: turns.afterInput,
    },
    upgrade: { clock, deadlines: new DeadlineQueue(clock, options.upgradeTimeoutMs) },
    polling: {
      clock,
      // an answer takes the poll with it: what comes a moment later would wait for the next one
      scheduler: new FlushScheduler("immediate", report),
      meters,
      maxBodyBytes: options.maxPayloadBytes,
      pollCloseTimeoutMs: options.pollCloseTimeoutMs,
      compress: compression && createCompressor(compression.thresholdBytes, compression.zlib),
    },
    webSocket: {
      meters,
      maxPayloadBytes: options.maxPayloadBytes,
      onLingering: (connection) => lingering.onLingering(connection),
      onGone: (connection) => lingering.onGone(connection),
      scheduler,
      stalls,
      afterInput: turns.afterInput,
      maxQueuedBytes: options.maxQueuedBytes,
    },
  };
}
