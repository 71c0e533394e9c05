/**
 * Why a client that asked for its former session got a new one.
 *
 * - `unknown session`: it was away for too long, too many others were, it had left on purpose, or the server is another one or was
 *   restarted.
 * - `history lost`: packets that it may have missed are no longer kept.
 * - `packets dropped`: packets were not sent to it because it was too slow (`overflow: "drop"`), and others that followed were.
 * - `backlog too large`: it has missed more bytes than one client may.
 * - `invalid offset`: what it shows as the place of its last packet is none.
 * - `storage failed`: the storage could not tell.
 */
export type RecoveryFailure =
  | "unknown session"
  | "history lost"
  | "packets dropped"
  | "backlog too large"
  | "invalid offset"
  | "storage failed";
