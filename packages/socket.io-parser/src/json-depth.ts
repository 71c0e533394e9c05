/**
 * Tells whether a JSON text nests deeper than `maxDepth`. Next to free for what is short or has few brackets, which is
 * nearly everything; only the rest is scanned character by character.
 */
export function isTooDeep(text: string, maxDepth: number): boolean {
  // each level takes a bracket at either end
  if (text.length <= 2 * maxDepth) return false;
  if (!hasMoreOpeners(text, maxDepth)) return false;
  return scan(text, maxDepth);
}

function hasMoreOpeners(text: string, maximum: number): boolean {
  let openers = 0;
  for (const bracket of ["[", "{"])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (++openers > maximum) return true;
  return false;
}

function scan(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = endOfString(text, at + 1);
    } else if ((unit | 0x20) === 0x7b) {
      // [ or {, which differ in one bit
      if (++depth > maxDepth) return true;
    } else if ((unit | 0x20) === 0x7d) {
      depth--;
    }
  }
  return false;
}

/** Index of the quotation mark that ends a string, or of the text's last character. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at;
    if (unit === 0x5c) at++;
  }
  return text.length;
}
