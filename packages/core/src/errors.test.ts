import { expect, test } from "vitest";
import { codedError, hasCode, toError } from "./errors.ts";

test("a coded error carries its code, message and cause", () => {
  const cause = new Error("inner");
  const error = codedError("SOCKET_PARSE", "the packet is malformed", cause);
  expect(error).toBeInstanceOf(Error);
  expect({ code: error.code, message: error.message, cause: error.cause }).toEqual({
    code: "SOCKET_PARSE",
    message: "the packet is malformed",
    cause,
  });
  expect("cause" in codedError("X", "no cause")).toBe(false);
});

test("codes are recognised without instanceof", () => {
  expect(hasCode({ code: "A" }, "A")).toBe(true);
  expect(hasCode(codedError("A", "a"), "B")).toBe(false);
  for (const value of [undefined, null, "A", 1, {}]) expect(hasCode(value, "A")).toBe(false);
});

test("whatever was thrown becomes an error", () => {
  const error = new TypeError("x");
  expect(toError(error)).toBe(error);
  expect(toError("text")).toMatchObject({ message: "text", cause: "text" });
});
