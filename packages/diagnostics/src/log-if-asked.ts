import { createRequire } from "node:module";
import type * as Log from "./debug.ts";

/** Starts to log if the environment variable `DEBUG` names us. Otherwise nothing is loaded. */
export function logIfAsked(variable: string | undefined = process.env["DEBUG"]): void {
  if (variable === undefined || !mayName(variable)) return;
  try {
    const { startLoggingAsAsked }: typeof Log = createRequire(import.meta.url)("@halyard/diagnostics/debug");
    startLoggingAsAsked();
  } catch (cause) {
    process.emitWarning("DEBUG asks for the log of Halyard, which cannot be loaded here", {
      type: "HalyardWarning",
      code: "NO_DEBUG_LOG",
      detail: `${String(cause)}\nIn a bundle, call startLogging() of "@halyard/diagnostics/debug" instead.`,
    });
  }
}

/** Whether one of the names could be ours, whatever follows its first wildcard. */
function mayName(variable: string): boolean {
  return variable.split(/[\s,]+/).some((name) => {
    const [start = ""] = name.split("*", 1);
    return name !== start ? OURS.startsWith(start) || start.startsWith(OURS) : name.startsWith(OURS);
  });
}

const OURS = "halyard:";
