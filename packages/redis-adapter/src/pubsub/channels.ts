import { escapePattern } from "../connection/peer-names.ts";

/** Names of the channels of one cluster, as `@socket.io/redis-adapter` 8 has them. */
export class Channels {
  /** Matches every broadcast, of whatever namespace. */
  readonly pattern: string;
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    this.pattern = `${escapePattern(key)}#*`;
  }

  /** Where events go: to all of a namespace, or to those of one room. */
  broadcast(namespace: string, room?: string): string {
    return `${this.#key}#${namespace}#${room === undefined ? "" : `${room}#`}`;
  }

  /** Where a node asks all others; whoever listens is counted as a node. */
  request(namespace: string): string {
    return `${this.#key}-request#${namespace}#`;
  }

  /** Where answers go that all nodes hear. */
  response(namespace: string): string {
    return `${this.#key}-response#${namespace}#`;
  }

  /** Where answers to one node go. */
  responseTo(namespace: string, uid: string): string {
    return `${this.response(namespace)}${uid}#`;
  }

  /** Matches the channels for answers of every node of a namespace. */
  responsePattern(namespace: string): string {
    return `${escapePattern(this.response(namespace))}*`;
  }

  /** Where a node sends messages to itself. */
  probe(uid: string): string {
    return `${this.#key}-probe#${uid}#`;
  }

  /** Reads the node's id from the name of a channel for answers to it. */
  uidOf(namespace: string, channel: string): string | undefined {
    const prefix = this.response(namespace);
    return channel.startsWith(prefix) && channel.length > prefix.length ? channel.slice(prefix.length, -1) : undefined;
  }

  /**
   * Visits what the name of a broadcast's channel may mean: namespaces and rooms can hold the separator, too. The room is empty
   * for all of a namespace.
   */
  forEachMeaning(channel: string, visit: (namespace: string, room: string) => void): void {
    const start = this.#key.length + 1;
    for (let end = channel.indexOf("#", start); end >= 0; end = channel.indexOf("#", end + 1))
      visit(channel.slice(start, end), channel.slice(end + 1, -1));
  }
}
