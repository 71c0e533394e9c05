import { subscribe, type ChannelName, type DiagnosticsListener } from "@halyard/diagnostics";

/** What listens to some of the channels. */
export type Listeners<Name extends ChannelName> = { readonly [Key in Name]: DiagnosticsListener<Key> };

/** The channels whose names begin with `halyard:` and the topic. */
export type ChannelsOf<Topic extends string> = Extract<ChannelName, `halyard:${Topic}:${string}`>;

/** Listens to a channel; returns what ends that. */
export function listen<Name extends ChannelName>(name: Name, listeners: Listeners<ChannelName>): () => void {
  return subscribe(name, listeners[name]);
}
