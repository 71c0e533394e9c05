import { io } from "./websocket.ts";

// the one export, so that a page's global and `require()` of the bundle are the function itself
export default io;
