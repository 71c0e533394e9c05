/** Nesting beyond which data is neither encoded nor, by default, decoded; the array of arguments counts as one level. */
export const MAX_DEPTH = 256;
