import { expect, test } from "vitest";
import { explain } from "./explain.ts";
import { TransportError } from "./transports/transport-error.ts";

test.each(["xhr poll error", "fetch write error", "websocket error", "probe error", "No transports available"])(
  "has a hint for %s",
  (message) => expect(explain(new TransportError(message))).toMatch(/\.$/),
);

test("says nothing of errors of others", () => {
  for (const error of [undefined, null, "x", new Error("x"), { code: "toString" }, { code: 1 }])
    expect(explain(error)).toBeUndefined();
});
