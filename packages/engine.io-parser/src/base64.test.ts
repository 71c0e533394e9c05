import { describe, expect, test } from "vitest";
import { base64 as browserBase64 } from "./base64.browser.ts";
import { base64 as nodeBase64 } from "./base64.node.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** What may be read by other code than the end of a text: vector units take long runs, and wide strings go another way. */
const surroundings = ["", "QUJD".repeat(40)];

describe.each([
  ["Node.js", nodeBase64],
  ["browsers", browserBase64],
])("base64 on %s", (_, base64) => {
  test("gives back what was encoded, at every length", () => {
    for (let length = 0; length < 100; length++) {
      const bytes = Uint8Array.from({ length: 100 }, (_, index) => index * 37).subarray(0, length);
      const text = base64.encode(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64"));
      expect(Uint8Array.from(base64.decode(text) ?? [])).toEqual(Uint8Array.from(bytes));
    }
  });

  test("takes every character of the alphabet", () => {
    expect(base64.decode(ALPHABET)?.length).toBe(48);
  });

  test.each(surroundings)("refuses every other character, wherever it is, before '%s'", (rest) => {
    const accepted: string[] = [];
    for (let code = 0; code < 0x1_0000; code++) {
      const character = String.fromCharCode(code);
      if (ALPHABET.includes(character)) continue;
      for (const text of [`${character}QQQ`, `Q${character}QQ`, `QQ${character}Q`, `QQQ${character}`])
        if (base64.decode(rest + text + rest) !== undefined) accepted.push(text);
    }
    expect(accepted).toEqual(rest === "" ? ["QQQ="] : []);
  });

  test.each(["Q", "QQ", "QQQ", "Q===", "====", "=QQQ", "Q=Q=", "QQ=Q", "QQ==QQ==", "QQQQ=", "QQQQ==", "QUJ D"])(
    "refuses %s",
    (text) => {
      expect(base64.decode(text)).toBeUndefined();
    },
  );
});
