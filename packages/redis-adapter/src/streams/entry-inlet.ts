import { codedError } from "@halyard/core";
import type { BusInlet } from "../bus/bus-inlet.ts";
import { readFields, readNumber, type StreamEntry } from "./entry.ts";
import { RecentNumbers } from "./recent-numbers.ts";
import type { EntryAge, StreamHandler } from "./stream-reader.ts";

/** Hands on what is read of one stream: each message of others once; and tells of those that are missing. */
export class EntryInlet implements StreamHandler {
  readonly #stream: string;
  readonly #inlet: BusInlet;
  readonly #recent = new RecentNumbers();

  constructor(stream: string, inlet: BusInlet) {
    this.#stream = stream;
    this.#inlet = inlet;
  }

  onEntry(entry: StreamEntry, age: EntryAge): void {
    const { nodeId } = this.#inlet;
    if (entry.isFrom(nodeId)) return;
    const { id, fields } = entry;
    const uid = fields.get("uid");
    if (uid === undefined || uid === nodeId) return;
    if (!this.#isNew(uid, entry, age)) return;
    this.#reading(id, age, () => {
      for (const read of readFields(fields))
        this.#reading(id, age, () => this.#inlet.deliver(read(), id, age === "past"));
    });
  }

  onGap(): void {
    this.#recent.excuse();
    this.#inlet.onStatus({ kind: "gap" });
  }

  #isNew(uid: string, { fields }: StreamEntry, age: EntryAge): boolean {
    const count = readNumber(fields);
    if (count === undefined) return age !== "again";
    const { number, settled } = count;
    const isNew = age === "again" ? this.#recent.addAgain(uid, number) : this.#recent.add(uid, number);
    const missing = this.#recent.countMissing(uid, number, settled);
    if (missing > 0 && age !== "past") this.#tell(uid, missing); // what was lost before is told by those who were there
    return isNew;
  }

  /** Redis has forgotten entries that it had confirmed, the sender's client was wrong in that it had, or the sender gave them up. */
  #tell(uid: string, missing: number): void {
    const text = `${missing} entries of the node ${uid} did not come through the stream ${this.#stream}`;
    this.#inlet.onStatus({ kind: "gap", cause: codedError("REDIS_ENTRIES_MISSING", text) });
  }

  #reading(id: string, age: EntryAge, act: () => void): void {
    try {
      act();
    } catch (cause) {
      if (age === "past") return; // told by those who were there
      this.#inlet.onMalformed(codedError("CLUSTER_MALFORMED", `the entry ${id} of a stream cannot be read`, cause));
    }
  }
}
