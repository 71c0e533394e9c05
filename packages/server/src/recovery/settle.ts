import type { Awaitable } from "@halyard/contracts";
import { isThenable } from "../rejections.ts";

/** Goes on at once with a value that is there, and later with one that is promised; so too after a failure. */
export function settle<Value, Result>(
  ask: () => Awaitable<Value>,
  onValue: (value: Value) => Awaitable<Result>,
  onFailure: (error: unknown) => Result,
): Awaitable<Result> {
  let value: Awaitable<Value>;
  try {
    value = ask();
  } catch (error) {
    return onFailure(error);
  }
  return isPromised(value) ? value.then(onValue, onFailure) : onValue(value);
}

/** Makes something of a value, at once if it is there. */
export function whenThere<Value, Result>(value: Awaitable<Value>, make: (value: Value) => Result): Awaitable<Result> {
  return isPromised(value) ? value.then(make) : make(value);
}

function isPromised<Value>(value: Awaitable<Value>): value is PromiseLike<Value> {
  return isThenable(value);
}
