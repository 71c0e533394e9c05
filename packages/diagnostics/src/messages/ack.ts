/** An event was sent whose acknowledgement is waited for: by one client, or as a broadcast by many. */
export interface AckAsk {
  readonly namespace: string;
  /** The name of the event. */
  readonly event: string;
  /** Absent for broadcasts. */
  readonly socketId?: string;
  /** This server's clients that are asked; 1 unless it is a broadcast. */
  readonly clients: number;
  /** Milliseconds that they have; absent if they have as long as they like. */
  readonly timeoutMs?: number;
}

/**
 * How waiting for an acknowledgement has ended.
 *
 * - `answered`: everybody who was asked has answered.
 * - `timeout`: the time was over first.
 * - `disconnected`: a client left first, or one of a broadcast could not be asked.
 */
export type AckOutcome = "answered" | "timeout" | "disconnected";

/** An acknowledgement is not waited for any more. Only for those that were asked for while this channel or `halyard:ack:ask` had one that listened. */
export interface AckSettle {
  readonly namespace: string;
  /** The name of the event. */
  readonly event: string;
  /** Absent for broadcasts. */
  readonly socketId?: string;
  /** This server's clients that were asked; 1 unless it was a broadcast. */
  readonly clients: number;
  /** Answers that came: of a broadcast those from other servers, too. */
  readonly answers: number;
  readonly outcome: AckOutcome;
  /** Milliseconds since the event was sent. */
  readonly durationMs: number;
}
