import type { Adapter, AdapterFactory } from "@halyard/contracts";

/**
 * Makes the adapter of a server that runs alone: commands reach nobody, queries have no replies.
 *
 * @example
 * const io = new Server({ adapter: createInMemoryAdapter() }); // the default
 */
export function createInMemoryAdapter(): AdapterFactory {
  return () => alone;
}

/** Without state, so one serves every namespace. */
const alone: Adapter = {
  start: () => Promise.resolve(),
  serverCount: () => Promise.resolve(1),
  publish: () => {},
  query: () => noReplies,
  close: () => Promise.resolve(),
};

const noReplies: AsyncIterable<never> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};
