import { EventEmitter } from "node:events";

/** As much of a PostgreSQL server as `@socket.io/postgres-adapter` uses: notifications, and a table of attachments. */
export class PostgresStandIn {
  readonly #listeners = new Map<string, Set<EventEmitter>>();
  readonly #attachments: Buffer[] = [];

  /** Makes a pool of connections. */
  pool(): object {
    return { connect: async () => this.#connect(), query: (text: string, values?: any[]) => this.#query(text, values) };
  }

  #connect(): EventEmitter {
    const client = new EventEmitter();
    return Object.assign(client, {
      query: async (text: string) => {
        const channel = /^LISTEN "(.*)"$/.exec(text)![1]!;
        this.#listeners.set(channel, (this.#listeners.get(channel) ?? new Set()).add(client));
      },
      release: () => this.#listeners.forEach((clients) => clients.delete(client)),
    });
  }

  async #query(text: string, [first, second]: any[] = []): Promise<{ rows: object[] }> {
    if (text.startsWith("SELECT pg_notify")) this.#notify(first, second);
    else if (text.startsWith("INSERT")) return { rows: [{ id: this.#attachments.push(Buffer.from(first)) }] };
    else if (text.startsWith("SELECT payload")) return { rows: [{ payload: this.#attachments[first - 1] }] };
    return { rows: [] };
  }

  #notify(channel: string, payload: string): void {
    for (const client of this.#listeners.get(channel) ?? [])
      setImmediate(() => client.emit("notification", { channel, payload }));
  }
}
