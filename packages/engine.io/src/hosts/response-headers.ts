/** Headers of an answer; listeners may add to them. */
export type ResponseHeaders = Record<string, string | readonly string[] | undefined>;
