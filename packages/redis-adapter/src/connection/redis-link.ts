import type { RedisArgument } from "./redis-client.ts";

/** How a channel is subscribed to: by name, by pattern, or by name on the shard that owns it. */
export type SubscriptionKind = "channel" | "pattern" | "shard";

/** Hears what becomes of one client. */
export interface RedisLinkHandler {
  /** The server answers: at once, if it did already, and after each reconnection. */
  onUp(): void;
  onDown(): void;
  /** The client reported an error. It goes on by itself; nothing has to be done. */
  onError(error: Error): void;
}

/** Takes the messages of one subscription. `channel` is the one that the message was published to. */
export type RedisMessageListener = (payload: Buffer, channel: string) => void;

/**
 * One client as this package uses it, whichever package and version it is of. The client stays the application's: it is
 * never ended here, except for the duplicates made here.
 */
export interface RedisLink {
  /** Whether commands go to the server now. While they do not, send none: clients keep them in memory without bound. */
  readonly isUp: boolean;
  readonly isCluster: boolean;

  /**
   * Sends one command, name first; texts in its reply come as `Buffer`. `key` says which server of a cluster is meant.
   * Rejects when the connection breaks before the reply; does not end by itself while a server is stalled. With `isOrdered`,
   * no client sends it after a reconnection when one that was given to it before was rejected.
   */
  command(args: readonly RedisArgument[], key?: RedisArgument, isOrdered?: boolean): Promise<unknown>;
  /** As {@link command}, for what is text anyway: the texts in the reply are strings, which costs clients less than bytes. */
  readText(args: readonly RedisArgument[], key: RedisArgument): Promise<unknown>;
  /** Sends one command without a key to every master of a cluster, or to the one server there is. */
  commandAll(args: readonly RedisArgument[]): Promise<readonly unknown[]>;

  /** Subscribes once more with the same arguments in vain: one subscription has one listener. */
  subscribe(kind: SubscriptionKind, channel: string, listener: RedisMessageListener): Promise<void>;
  unsubscribe(kind: SubscriptionKind, channel: string): Promise<void>;

  /** Watches the client until the returned function is called; errors have a listener as long as the link is there. */
  watch(handler: RedisLinkHandler): () => void;
  /** Makes a client of its own with the same settings, connecting or connected, for commands that block. */
  duplicate(): OwnedRedisLink;
  /** Takes all listeners off the client; its subscriptions end, too. */
  close(): Promise<void>;
}

/** A link whose client was made here, and ends here. */
export interface OwnedRedisLink extends RedisLink {
  /** Ends the connection at once; what is under way rejects. */
  end(): void;
}
