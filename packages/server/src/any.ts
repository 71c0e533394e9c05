import type { Untyped } from "@halyard/contracts";
import type { Namespace } from "./namespace.ts";
import type { Socket } from "./socket.ts";

/** A socket whose event maps do not matter here: the library's own code works for all of them. */
export type AnySocket = Socket<Untyped, Untyped, Untyped, Untyped>;

/** A namespace whose event maps do not matter here. */
export type AnyNamespace = Namespace<Untyped, Untyped, Untyped, Untyped>;
