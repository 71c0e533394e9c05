import { EventEmitter } from "node:events";

/**
 * Node's event emitter, whose constructor is not run: its methods make the table of listeners with the first of them, as for
 * objects that get the methods mixed in. With many idle sessions, empty tables would add up.
 */
export const LazyEmitter: new () => EventEmitter = inheritMethods(class LazyEmitter {});

function inheritMethods(base: new () => object): new () => EventEmitter {
  Object.setPrototypeOf(base.prototype, EventEmitter.prototype);
  if (makesEmitters(base)) return base;
  throw new TypeError("the class does not inherit from EventEmitter");
}

function makesEmitters(base: new () => object): base is new () => EventEmitter {
  return base.prototype instanceof EventEmitter;
}
