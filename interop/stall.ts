const cell = new Int32Array(new SharedArrayBuffer(4));

/** Holds this thread's event loop up, without using the processor. */
export function stall(durationMs: number): void {
  Atomics.wait(cell, 0, 0, durationMs);
}
