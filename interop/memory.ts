import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** Made here so that tests need no flags. */
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes that are in use after a collection: objects, and buffers outside of the heap. */
export function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The same, once what was in use before has been let go: buffers are freed some turns after their collection. */
export async function bytesAtRest(): Promise<number> {
  let least = bytesInUse();
  for (let same = 0; same < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const bytes = bytesInUse();
    same = bytes < least - 10_000 ? 0 : same + 1;
    least = Math.min(least, bytes);
  }
  return least;
}
