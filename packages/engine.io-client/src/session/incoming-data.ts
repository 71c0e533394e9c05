import type { EngineMessage } from "@halyard/contracts";
import type { RawData } from "../events.ts";
import type { BinaryType } from "../options.ts";

/** Brings what has come in into the form that the application asked for. */
export function inForm(message: EngineMessage, form: BinaryType): RawData {
  if (typeof message === "string" || form === "nodebuffer") return message;
  const bytes = message.slice();
  return form === "blob" ? new Blob([bytes]) : bytes.buffer;
}
