import * as channels from "./channels.ts";
import type { ChannelName } from "./messages/messages.ts";

/** The names of all channels. A type test sees if there are messages that have none. */
export const channelNames: readonly ChannelName[] = Object.values(channels).map(({ name }) => name);
