import { channel } from "node:diagnostics_channel";
import type { ChannelName, DiagnosticsMessages } from "./messages/messages.ts";

/** A channel of `node:diagnostics_channel`, as those see it who publish: with the type of its messages. */
export interface DiagnosticsChannel<Message> {
  /** Looked at before a message is made: nothing is made of one that nobody wants. */
  readonly hasSubscribers: boolean;
  /** Hands a message to all subscribers, at once. What they throw is not thrown here. */
  publish(message: Message): void;
}

/** The channel of that name. */
export interface NamedChannel<Name extends ChannelName> extends DiagnosticsChannel<DiagnosticsMessages[Name]> {
  readonly name: Name;
}

/** Opens a channel by its name: the same for everybody in the process, whatever copy of this package they have. */
export function open<Name extends ChannelName>(name: Name): NamedChannel<Name>;
export function open(name: string): unknown {
  return channel(name);
}
