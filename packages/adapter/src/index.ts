export { createInMemoryAdapter } from "./in-memory-adapter.ts";
