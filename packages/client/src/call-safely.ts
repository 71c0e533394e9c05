import type { Untyped } from "@halyard/contracts";
import { throwLater } from "@halyard/core";

/** Calls what an application gave; what it throws surfaces as an uncaught error and disturbs nobody here. */
export function callSafely(
  callback: (...args: Untyped[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): unknown {
  try {
    return Reflect.apply(callback, self, args);
  } catch (error) {
    return throwLater(error);
  }
}
