import type { EngineCodec, EngineMessage, EnginePacket } from "@halyard/contracts";
import { codedError } from "@halyard/core";

/** Fields of a form that are looked at: more are no form of such a client. */
const MAX_FIELDS = 1_000;

/**
 * The payloads of a page that polls by script tags, as clients of old browsers do: answers are calls of a function of the
 * page, posts are forms with the payload in their field `d`. Everything is text.
 */
export class JsonpCodec implements EngineCodec {
  readonly #inner: EngineCodec;
  readonly #head: string;

  /** `index` is what the client says in its parameter `j`: which of the page's functions to call. */
  constructor(inner: EngineCodec, index: string) {
    this.#inner = inner;
    this.#head = `___eio[${index.replaceAll(/[^0-9]/g, "")}](`;
  }

  get protocol(): 3 | 4 {
    return this.#inner.protocol;
  }

  /** Decodes what {@link JsonpCodec.unwrap} gives. */
  get payloads(): EngineCodec {
    return this.#inner;
  }

  encodePacket(packet: EnginePacket): EngineMessage {
    return this.#inner.encodePacket(packet, false);
  }

  decodePacket(frame: EngineMessage): EnginePacket {
    return this.#inner.decodePacket(frame);
  }

  encodePayload(packets: readonly EnginePacket[]): string {
    // two characters end a line in scripts of old browsers, but not in JSON
    const argument = JSON.stringify(this.#inner.encodePayload(packets, false))
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029");
    return `${this.#head}${argument});`;
  }

  decodePayload(body: EngineMessage): EnginePacket[] {
    return this.#inner.decodePayload(this.unwrap(String(body)));
  }

  /**
   * The payload in the body of a post.
   * @throws `ENGINE_PARSE` when there is not exactly one
   */
  unwrap(form: string): string {
    const [value, another] = new URLSearchParams(firstFields(form)).getAll("d");
    if (value === undefined || another !== undefined) {
      throw codedError("ENGINE_PARSE", "a JSONP post needs one field d, with its payload");
    }
    // forms change the ends of lines, so clients send newlines as \n, and \n as \\n
    return value
      .replaceAll(/(\\)?\\n/g, (escaped, slash?: string) => (slash === undefined ? "\n" : escaped))
      .replaceAll("\\\\n", "\\n");
  }
}

function firstFields(form: string): string {
  let end = -1;
  for (let fields = 0; fields < MAX_FIELDS; fields++) {
    end = form.indexOf("&", end + 1);
    if (end < 0) return form;
  }
  return form.slice(0, end);
}
