import { randomFillSync } from "node:crypto";

/** 120 random bits: 20 characters of base64url without padding. */
const ID_BYTES = 15;
const IDS_PER_FILL = 256;

/** Makes session ids that cannot be guessed. Randomness is fetched for many ids at a time. */
export class SessionIds {
  readonly #pool = Buffer.alloc(ID_BYTES * IDS_PER_FILL);
  #used = IDS_PER_FILL;

  next(): string {
    if (this.#used === IDS_PER_FILL) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const start = this.#used++ * ID_BYTES;
    const id = this.#pool.toString("base64url", start, start + ID_BYTES);
    this.#pool.fill(0, start, start + ID_BYTES); // a used id is not kept where a later fault could disclose it
    return id;
  }
}
