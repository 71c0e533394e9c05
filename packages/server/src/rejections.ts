/** Whether a function of the application turned out to be asynchronous. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Reports the rejection of application code that turned out to be asynchronous, which would end the process otherwise. */
export function watchRejection(result: unknown, report: (thrown: unknown) => void): void {
  if (isThenable(result)) result.then(undefined, report);
}
