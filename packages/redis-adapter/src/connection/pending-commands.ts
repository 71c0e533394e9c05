import { codedError } from "@halyard/core";

/** Commands that wait for their answers, of a client that forgets them when its connection breaks: it would never settle them. */
export class PendingCommands {
  readonly #rejections = new Set<(cause: Error) => void>();

  /** Settles as a command does, or rejects with `REDIS_DISCONNECTED` when {@link abandon} is called before. */
  async settle<Reply>(sent: Promise<Reply>): Promise<Reply> {
    let abandon: (cause: Error) => void = () => {};
    const abandoned = new Promise<never>((_resolve, reject) => (abandon = reject));
    this.#rejections.add(abandon);
    try {
      return await Promise.race([sent, abandoned]);
    } finally {
      this.#rejections.delete(abandon);
    }
  }

  /** The connection has broken. */
  abandon(): void {
    if (this.#rejections.size === 0) return;
    const cause = codedError("REDIS_DISCONNECTED", "the connection to Redis broke before the answer came");
    for (const reject of this.#rejections) reject(cause);
  }
}
