import { EventEmitter } from "node:events";
import { BSON, ObjectId } from "mongodb";

/** As much of a collection of MongoDB as `@socket.io/mongo-adapter` uses: documents are inserted, and watched as they come. */
export class MongoStandIn {
  readonly #watchers = new Set<(document: Uint8Array) => void>();

  async insertOne(document: object): Promise<{ insertedId: ObjectId }> {
    const insertedId = new ObjectId();
    const bytes = BSON.serialize({ _id: insertedId, ...document }, { ignoreUndefined: true });
    for (const watcher of this.#watchers) setImmediate(watcher, bytes);
    return { insertedId };
  }

  watch([{ $match: match }]: [{ $match: { "fullDocument.uid": { $ne: string } } }]): EventEmitter {
    const stream = new EventEmitter();
    const watcher = (bytes: Uint8Array): void => {
      const fullDocument = BSON.deserialize(bytes, { promoteBuffers: true });
      if (fullDocument["uid"] !== match["fullDocument.uid"].$ne)
        stream.emit("change", { operationType: "insert", fullDocument });
    };
    this.#watchers.add(watcher);
    return Object.assign(stream, { close: async () => this.#watchers.delete(watcher) });
  }

  /** Who finds an id takes it for one of the database. */
  async findOne(): Promise<null> {
    return null;
  }
}
