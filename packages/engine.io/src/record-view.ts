import { inspect } from "node:util";

/**
 * Shows a map as an object with its keys, live and read-only. Objects with many keys that come and go are slow, so that the
 * map is what is kept.
 */
export function viewAsRecord<Value>(map: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  const target: Record<string, Value> = Object.create(null, {
    [inspect.custom]: { value: () => Object.fromEntries(map), configurable: true },
  });
  return new Proxy(target, {
    get: (own, key) => (typeof key === "string" ? map.get(key) : Reflect.get(own, key)),
    has: (_own, key) => typeof key === "string" && map.has(key),
    ownKeys: () => [...map.keys()],
    getOwnPropertyDescriptor(_own, key) {
      const value = typeof key === "string" ? map.get(key) : undefined;
      return value === undefined ? undefined : { value, enumerable: true, configurable: true, writable: false };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
}
