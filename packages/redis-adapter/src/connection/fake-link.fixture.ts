import { LinkWatchers } from "./link-watchers.ts";
import type { RedisArgument } from "./redis-client.ts";
import type { OwnedRedisLink, RedisLinkHandler, RedisMessageListener, SubscriptionKind } from "./redis-link.ts";

/** A command that a fake link was given, to be answered by the test. */
export interface FakeCommand {
  readonly args: readonly RedisArgument[];
  readonly isOrdered: boolean;
  readonly answer: (reply?: unknown) => Promise<void>;
  readonly refuse: (error: Error) => Promise<void>;
}

/** A link whose server is the test. */
export class FakeLink implements OwnedRedisLink {
  readonly isCluster: boolean = false;
  readonly commands: FakeCommand[] = [];
  readonly subscriptions: Map<string, RedisMessageListener> = new Map();
  /** What happened to subscriptions, in order. */
  readonly log: string[] = [];
  /** What the server answers of itself to a command; undefined leaves it to the test. */
  reply: ((args: readonly RedisArgument[]) => unknown) | undefined;
  /** Makes the server refuse subscriptions. */
  refusal: Error | undefined;
  readonly #watchers = new LinkWatchers();
  #isUp: boolean;

  constructor(isUp = true) {
    this.#isUp = isUp;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  up(): void {
    this.#isUp = true;
    this.#watchers.onUp();
  }

  down(): void {
    this.#isUp = false;
    this.#watchers.onDown();
  }

  fail(error: Error): void {
    this.#watchers.onError(error);
  }

  command(args: readonly RedisArgument[], _key?: RedisArgument, isOrdered = false): Promise<unknown> {
    const reply = this.reply?.(args);
    return new Promise((resolve, reject) => {
      if (reply !== undefined) resolve(reply);
      const settled = async (): Promise<void> => {
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      };
      this.commands.push({
        args,
        isOrdered,
        answer: (reply) => (resolve(reply), settled()),
        refuse: (error) => (reject(error), settled()),
      });
    });
  }

  readText(args: readonly RedisArgument[]): Promise<unknown> {
    return this.command(args);
  }

  async commandAll(args: readonly RedisArgument[]): Promise<readonly unknown[]> {
    return [await this.command(args)];
  }

  async subscribe(kind: SubscriptionKind, channel: string, listener: RedisMessageListener): Promise<void> {
    this.log.push(`+${kind} ${channel}`);
    await Promise.resolve();
    if (this.refusal !== undefined) throw this.refusal;
    this.subscriptions.set(`${kind} ${channel}`, listener);
  }

  async unsubscribe(kind: SubscriptionKind, channel: string): Promise<void> {
    this.log.push(`-${kind} ${channel}`);
    await Promise.resolve();
    this.subscriptions.delete(`${kind} ${channel}`);
  }

  watch(handler: RedisLinkHandler): () => void {
    return this.#watchers.add(handler, this.#isUp);
  }

  duplicate(): OwnedRedisLink {
    return new FakeLink(this.#isUp);
  }

  close(): Promise<void> {
    this.subscriptions.clear();
    return Promise.resolve();
  }

  end(): void {
    this.down();
  }
}
