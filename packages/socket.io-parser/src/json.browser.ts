import { toBytes } from "@halyard/core";
import type { Attachment, Slot } from "./binary-data.ts";
import type { Reviver } from "./decoder.ts";
import type { Replacer } from "./encode.ts";
import { MAX_DEPTH } from "./max-depth.ts";

/** Takes the bytes out of what `JSON.stringify` writes, with a placeholder for each (Socket.IO v5, "Binary events"), in little code. */
export function takeBytes(attachments: Attachment[] | undefined, replacer: Replacer = identity): Replacer {
  /** The objects that hold what is being written, from the outermost. */
  const holders: unknown[] = [];
  return function (key, given) {
    // before its `toJSON` and after
    const bytes = attachments && (toBytes(Reflect.get(Object(this), key)) ?? toBytes(given));
    const taken = bytes ? { _placeholder: true, num: attachments.push(bytes) - 1 } : given;
    const value = replacer.call(this, key, taken);
    while (holders.length > 0 && holders.at(-1) !== this) holders.pop();
    if (value && typeof value === "object" && holders.push(value) > MAX_DEPTH) throw new RangeError("data too deep");
    return value;
  };
}

/** Finds the places of attachments while `JSON.parse` reads. */
export function findSlots(slots: Slot[], reviver: Reviver = identity): Reviver {
  return function (key, given) {
    const value = reviver.call(this, key, given);
    const { _placeholder, num } = Object(value);
    if (_placeholder === true) slots.push({ holder: Object(this), key, num });
    return value;
  };
}

function identity(_key: string, value: unknown): unknown {
  return value;
}
