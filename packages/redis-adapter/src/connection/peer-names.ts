import { isOurs } from "../pubsub/node-id.ts";
import type { RedisLink } from "./redis-link.ts";

/** What nodes of socket.io call themselves on a bus: eight bytes. */
const FOREIGN_ID = /^[0-9a-f]{16}$/;

/**
 * Names the nodes that listen for what is sent to one of them alone, in `prefix` + name + `#`. Rooms may have such channels, too:
 * what does not look like the name of a node is left out. Redis goes through all its channels for it.
 */
export async function peerNames(link: RedisLink, kind: "channel" | "shard", prefix: string): Promise<string[]> {
  const command = kind === "shard" ? "SHARDCHANNELS" : "CHANNELS";
  const replies = await link.commandAll(["PUBSUB", command, `${escapePattern(prefix)}*`]);
  const channels = replies.flatMap((reply): readonly unknown[] => (Array.isArray(reply) ? reply : []));
  const names = channels.map((channel) => String(channel).slice(prefix.length, -1));
  return [...new Set(names)].filter((name) => isOurs(name) || FOREIGN_ID.test(name));
}

/** Keeps Redis from reading more than text in a name. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, String.raw`\$&`);
}
