import type { Channels } from "./channels.ts";
import { numSub } from "../connection/num-sub.ts";
import type { RedisLink } from "../connection/redis-link.ts";

/** Asks Redis who takes part in a namespace. Each question rejects when the connection breaks. */
export class Roster {
  readonly #link: RedisLink;
  readonly #channels: Channels;

  constructor(link: RedisLink, channels: Channels) {
    this.#link = link;
    this.#channels = channels;
  }

  /** Counts the nodes of each namespace, the one that asks included: one short command. */
  async counts(namespaces: readonly string[]): Promise<readonly number[]> {
    const channels = namespaces.map((namespace) => this.#channels.request(namespace));
    const replies = await this.#link.commandAll(["PUBSUB", "NUMSUB", ...channels]);
    return namespaces.map((_, index) => numSub(replies, index));
  }

  /** Names the nodes, the one that asks included: Redis goes through all its channels for it. */
  async names(namespace: string): Promise<ReadonlySet<string>> {
    const replies = await this.#link.commandAll(["PUBSUB", "CHANNELS", this.#channels.responsePattern(namespace)]);
    const channels = replies.flatMap((reply): readonly unknown[] => (Array.isArray(reply) ? reply : []));
    const uids = channels.map((channel) => this.#channels.uidOf(namespace, String(channel)));
    return new Set(uids.filter((uid) => uid !== undefined));
  }
}
