import { CookieJar } from "./cookie-jar.ts";
import type { SocketOptions } from "./options.ts";

/** Gives a session that is to keep cookies a jar of its own: Node.js has none. What else is given stays as it is. */
export function withCookies<Given>(given: Given): Given | (Given & SocketOptions) {
  const keeping = typeof given === "object" && given !== null && "withCredentials" in given && given.withCredentials;
  return keeping ? { cookieJar: new CookieJar(), ...given } : given;
}
