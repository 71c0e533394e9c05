// @ts-check

const KEPT = 200;

/**
 * @typedef {import("./protocol.js").ChatMessage} ChatMessage
 * @typedef {"waiting" | "sending" | "sent" | "delivered" | "failed"} Status
 *
 * @typedef {object} Line One message as this tab shows it.
 * @property {ChatMessage} message
 * @property {boolean} own
 * @property {Status} [status] Of one's own messages.
 * @property {{ count: number, of: number }} [delivery]
 * @property {string} [error]
 * @property {string} [pictureUrl]
 */

/** What this tab knows of one room: its messages, in order, and how many of them nobody has looked at yet. */
export class Transcript {
  /** @type {Map<string, Line>} */
  #lines = new Map();
  unread = 0;

  /** @returns {Line[]} the server's messages by its clock, then those of one's own that it has not confirmed */
  lines() {
    const unconfirmed = (/** @type {Line} */ line) => line.status !== undefined && order[line.status];
    return [...this.#lines.values()].sort(
      (a, b) => Number(unconfirmed(a) ?? 0) - Number(unconfirmed(b) ?? 0) || a.message.at - b.message.at,
    );
  }

  /**
   * @param {string} id
   * @returns {Line | undefined}
   */
  find(id) {
    return this.#lines.get(id);
  }

  /** @returns {string | undefined} the last message that the server has confirmed */
  newest() {
    return this.lines().findLast(({ status }) => status === undefined || !order[status])?.message.id;
  }

  /**
   * Adds a message unless it is there already.
   *
   * @param {Line} line
   * @returns {boolean} whether it is new
   */
  add(line) {
    const { message } = line;
    if (this.#lines.has(message.id)) return false;
    if (message.picture !== undefined) {
      const { type, bytes } = message.picture;
      line.pictureUrl = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (bytes)], { type }));
      // The Blob has its own copy; only a message that may have to be sent again keeps the bytes.
      if (!line.own) line.message = { ...message, picture: { ...message.picture, bytes: new ArrayBuffer(0) } };
    }
    this.#lines.set(message.id, line);
    if (this.#lines.size > KEPT) this.#forget(this.lines()[0]);
    return true;
  }

  /** @param {Line | undefined} line */
  #forget(line) {
    if (line === undefined) return;
    if (line.pictureUrl !== undefined) URL.revokeObjectURL(line.pictureUrl);
    this.#lines.delete(line.message.id);
  }
}

/** @type {Readonly<Record<Status, boolean>>} Whether a message in that state is still on its way to the server. */
const order = { waiting: true, sending: true, failed: true, sent: false, delivered: false };
