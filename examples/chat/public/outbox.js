// @ts-check

/**
 * What this tab has said and the server has not yet confirmed.
 *
 * While there is no connection the client library itself keeps what is emitted, and sends it once it is back. What is
 * left to do here: a message whose answer was lost with the connection is emitted once more. The server recognises it
 * by its id, so it is never said twice.
 */
export class Outbox {
  #socket;
  #report;
  /** @type {Map<string, { draft: Draft, inFlight: boolean }>} */
  #waiting = new Map();

  /**
   * @typedef {import("./protocol.js").Draft} Draft
   * @typedef {{ state: "waiting" | "sending" } | { state: "sent", at: number } | { state: "failed", error: string }} Progress
   *
   * @param {import("@halyard/client").Socket<import("./protocol.js").ServerToClient, import("./protocol.js").ClientToServer>} socket
   * @param {(draft: Draft, progress: Progress) => void} report
   */
  constructor(socket, report) {
    this.#socket = socket;
    this.#report = report;
    socket.on("connect", () => {
      for (const entry of this.#waiting.values()) {
        entry.inFlight = true;
        this.#report(entry.draft, { state: "sending" });
      }
    });
    socket.on("disconnect", () => {
      for (const { draft, inFlight } of this.#waiting.values()) {
        if (inFlight) this.send(draft);
      }
    });
  }

  /** @returns {number} how many messages wait for a connection or for their answer */
  get size() {
    return this.#waiting.size;
  }

  /** @param {Draft} draft */
  send(draft) {
    const inFlight = this.#socket.connected;
    this.#waiting.set(draft.id, { draft, inFlight });
    this.#report(draft, { state: inFlight ? "sending" : "waiting" });
    this.#socket.emit("post", draft, (answer) => {
      if (!this.#waiting.delete(draft.id)) return;
      this.#report(
        draft,
        answer.ok ? { state: "sent", at: answer.value.at } : { state: "failed", error: answer.error },
      );
    });
  }

  /**
   * Notes that a message was seen in the room's history: it has arrived, whatever became of the answer.
   *
   * @param {string} id
   * @param {number} at
   */
  arrived(id, at) {
    const entry = this.#waiting.get(id);
    if (entry === undefined) return;
    this.#waiting.delete(id);
    this.#report(entry.draft, { state: "sent", at });
  }
}
