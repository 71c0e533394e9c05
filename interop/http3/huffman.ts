/**
 * Length in bits of the code of each byte, and of the end, in base 36 (RFC 7541, appendix B). The code is canonical: shorter
 * ones come first, those of equal length are in the order of the bytes.
 */
const LENGTHS =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6f56565666577666567655677777fb" +
  "edskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmnlmnnkmmmnmmnqqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu";

const END = 256;
const CODES: ReadonlyMap<string, number> = buildCodes();

/** Decodes a string that was compressed for a header (RFC 9204, section 4.1.2). */
export function decodeHuffman(bytes: Uint8Array): string {
  let text = "";
  let code = "";
  for (const byte of bytes) {
    for (const bit of byte.toString(2).padStart(8, "0")) {
      code += bit;
      const symbol = CODES.get(code);
      if (symbol === undefined) continue;
      text += String.fromCharCode(symbol);
      code = "";
    }
  }
  return text; // what remains is padding
}

function buildCodes(): Map<string, number> {
  const symbols = Array.from(LENGTHS, (digit, symbol) => ({ symbol, length: Number.parseInt(digit, 36) }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  const codes = new Map<string, number>();
  let code = 0;
  let previous = symbols[0]?.length ?? 0;
  for (const { symbol, length } of symbols) {
    code *= 2 ** (length - previous);
    if (symbol !== END) codes.set(code.toString(2).padStart(length, "0"), symbol);
    code++;
    previous = length;
  }
  return codes;
}
