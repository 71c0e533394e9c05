import { createMemoryStorage } from "@halyard/adapter";
import type {
  NamespaceStorage,
  RecoveryObserver,
  RecoveryStorage,
  RecoveryStorageFactory,
  RecoveryStorageHost,
  Timer,
} from "@halyard/contracts";
import { codedError } from "@halyard/core";
import { createLink } from "../connection/create-link.ts";
import type { RedisClient } from "../connection/redis-client.ts";
import type { RedisLink } from "../connection/redis-link.ts";
import { SharingNode } from "./node.ts";
import { RedisPlace } from "./redis-place.ts";
import { SharedLog } from "./shared-log.ts";
import { SharedSessions } from "./shared-sessions.ts";

/** Options of {@link createSessionStorage}. */
export interface SessionStorageOptions {
  /** What the names of all keys and channels begin with: the same on all servers. @defaultValue "halyard" */
  prefix?: string;
}

/** How often what is kept in Redis is kept alive. */
const REFRESH_MS = 1_000;
/** The log of a server that has died outlives the last of its sessions by so much. */
const LOG_GRACE_MS = 30_000;

/**
 * Keeps sessions, and the packets that their clients may miss, in Redis, so that a client whose server has died, or has stopped,
 * finds everything as it was on another one. Goes with every adapter. The client stays the application's: it is to be ended after
 * the server.
 * @throws `INVALID_OPTION`
 *
 * @example
 * const redis = new Redis("redis://localhost");
 * const io = new Server(3000, {
 *   adapter: createAdapter(redis, redis.duplicate()),
 *   connectionStateRecovery: { storage: createSessionStorage(redis) },
 * });
 */
export function createSessionStorage(
  client: RedisClient,
  { prefix = "halyard" }: SessionStorageOptions = {},
): RecoveryStorageFactory {
  if (typeof prefix !== "string" || prefix === "") throw codedError("INVALID_OPTION", "prefix must be a text");
  const link = createLink(client);
  return (host) => new SharedStorage(link, host, prefix);
}

interface Part {
  readonly sessions: SharedSessions;
  readonly log: SharedLog;
}

class SharedStorage implements RecoveryStorage {
  readonly #link: RedisLink;
  readonly #host: RecoveryStorageHost;
  readonly #prefix: string;
  readonly #memory: RecoveryStorage;
  readonly #node: SharingNode;
  readonly #parts = new Map<string, Part>();
  readonly #unwatch: () => void;
  #timer: Timer;
  #isFlushing = false;
  #isClosed = false;

  constructor(link: RedisLink, host: RecoveryStorageHost, prefix: string) {
    this.#link = link;
    this.#host = host;
    this.#prefix = prefix;
    this.#memory = createMemoryStorage(host);
    this.#node = new SharingNode(link, host.clock, prefix, async (namespace, pid) => {
      await this.#parts.get(namespace)?.sessions.release(pid);
    });
    this.#unwatch = link.watch({ onUp: () => this.#onUp(), onDown: () => {}, onError: () => {} });
    this.#timer = this.#schedule();
  }

  open(namespace: string, observer: RecoveryObserver): NamespaceStorage {
    const { clock, limits } = this.#host;
    const keepMs = Math.max(limits.maxLogAgeMs, limits.maxDisconnectionMs) + LOG_GRACE_MS;
    const place = new RedisPlace(this.#link, clock, `${this.#prefix}:{${namespace}}`, keepMs);
    const onWritable = (): void => this.#flushSoon();
    const memory = this.#memory.open(namespace, {
      onForgotten: (session) => sessions.forgotten(session),
      onTaken: () => {},
    });
    const onClosed = (): void => {
      place.close();
      if (this.#parts.get(namespace)?.log === log) this.#parts.delete(namespace);
    };
    const log: SharedLog = new SharedLog(memory.log, {
      place,
      clock,
      maxMirrorBytes: limits.maxLogBytes,
      keepMs,
      describeChanged: () => sessions.describeChanged(),
      onWritable,
      onClosed,
    });
    const context = { namespace, node: this.#node, place, log, observer, limits, clock, onWritable };
    const sessions = new SharedSessions({ ...context, memory: memory.sessions });
    this.#parts.set(namespace, { sessions, log });
    return { sessions, log };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flush();
    this.#timer.cancel();
    this.#unwatch();
    this.#node.close();
    this.#memory.close();
  }

  /** At the end of what is done at present: everything that belongs together is written together, and packets are not kept waiting. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#isClosed) return;
    this.#isFlushing = true;
    queueMicrotask(() => this.#flush());
  }

  /** Sessions go first: who is found to have got a packet was in its rooms. */
  #flush(): void {
    this.#isFlushing = false;
    for (const { sessions, log } of this.#parts.values()) {
      sessions.flush();
      if (sessions.waiting === 0) log.flush();
    }
  }

  #onUp(): void {
    for (const { sessions, log } of this.#parts.values()) {
      sessions.refreshAll();
      sessions.flush();
      log.refresh();
    }
  }

  #schedule(): Timer {
    return this.#host.clock.schedule(() => this.#refresh(), REFRESH_MS, true);
  }

  #refresh(): void {
    this.#timer = this.#schedule();
    for (const { sessions, log } of this.#parts.values()) {
      sessions.refresh();
      if (sessions.size > 0) log.refresh();
    }
  }
}
