/** What {@link installTimerFunctions} gives an object. */
export interface TimerFunctions {
  /** Starts a timer. */
  setTimeoutFn: typeof setTimeout;
  /** Stops one. */
  clearTimeoutFn: typeof clearTimeout;
}

const native = { setTimeout, clearTimeout };

/**
 * Gives an object the timer functions of this moment, or with `useNativeTimers` those found at load time, which test
 * frameworks cannot replace. For transports written for `engine.io-client`.
 */
export function installTimerFunctions(target: object, { useNativeTimers }: { useNativeTimers?: boolean }): void {
  const { setTimeout: start, clearTimeout: stop } = useNativeTimers === true ? native : globalThis;
  const functions: TimerFunctions = { setTimeoutFn: start.bind(globalThis), clearTimeoutFn: stop.bind(globalThis) };
  Object.assign(target, functions);
}

/** Calls back once the current task has ended. */
export function nextTick(callback: () => void): void {
  void Promise.resolve().then(callback);
}
