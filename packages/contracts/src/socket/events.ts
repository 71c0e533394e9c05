/** What an application has not typed; see docs/adr/0002-the-one-any.md. */
export type Untyped = any;

/** Maps event names to the signatures of their listeners. */
export interface EventsMap {
  [event: string]: Untyped;
}

/** The map of an application that types nothing: every event, with arguments of every kind. */
export interface DefaultEventsMap {
  [event: string]: (...args: Untyped[]) => void;
}

type Listener = (...args: Untyped[]) => void;

/** The names of a map's events. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** The arguments of one event's listener. */
export type EventParams<Map extends EventsMap, Event extends EventNames<Map>> = Parameters<Map[Event]>;

/** Names of events whose last argument is an acknowledgement. */
export type EventNamesWithAck<Map extends EventsMap, Event extends EventNames<Map> = EventNames<Map>> = IfAny<
  Last<Parameters<Map[Event]>> | Map[Event],
  Event,
  { [Name in Event]: Last<Parameters<Map[Name]>> extends Listener ? Name : never }[Event]
>;

/** Names of events that carry no acknowledgement. */
export type EventNamesWithoutAck<Map extends EventsMap, Event extends EventNames<Map> = EventNames<Map>> = IfAny<
  Last<Parameters<Map[Event]>> | Map[Event],
  Event,
  {
    [Name in Event]: Parameters<Map[Name]> extends []
      ? Name
      : Last<Parameters<Map[Name]>> extends Listener
        ? never
        : Name;
  }[Event]
>;

/** Names of events whose acknowledgement takes an error first. */
export type EventNamesWithError<
  Map extends EventsMap,
  Event extends EventNamesWithAck<Map> = EventNamesWithAck<Map>,
> = IfAny<
  Last<Parameters<Map[Event]>> | Map[Event],
  Event,
  {
    [Name in Event]: Last<Parameters<Map[Name]>> extends (error: Error, ...args: Untyped[]) => void ? Name : never;
  }[Event]
>;

/** The last of a list of types. */
export type Last<Values extends readonly unknown[]> = Values extends readonly []
  ? undefined
  : Values extends readonly [...unknown[], infer Final]
    ? Final
    : Values extends readonly [...infer Head, (infer Optional)?]
      ? Optional | (Head extends readonly [] ? undefined : never)
      : Values[number];

/** A list of types without its last one. */
export type AllButLast<Values extends readonly unknown[]> = Values extends readonly [...infer Head, unknown?]
  ? Head
  : Untyped[];

/** The value that `emitWithAck` resolves with: the first argument of the acknowledgement, errors left out. */
export type FirstNonErrorArg<Ack> = Ack extends (...args: infer Params) => unknown
  ? FirstNonErrorTuple<Params>
  : Untyped;

/** The first of a list of types, or the second where the first is an error. */
export type FirstNonErrorTuple<Values extends readonly unknown[]> =
  IsAny<Values[0]> extends true ? Values[0] : Values[0] extends Error ? Values[1] : Values[0];

/** Acknowledgements gain a leading error, as after `timeout()`. */
export type DecorateAcknowledgements<Map extends EventsMap> = {
  [Event in keyof Map]: DecorateLast<Map[Event], "error">;
};

/** Acknowledgements collect one answer per client, as in broadcasts. */
export type DecorateAcknowledgementsWithMultipleResponses<Map extends EventsMap> = {
  [Event in keyof Map]: DecorateLast<Map[Event], "many">;
};

/** Acknowledgements gain a leading error and collect one answer per client. */
export type DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Map extends EventsMap> = {
  [Event in keyof Map]: DecorateLast<Map[Event], "error and many">;
};

/** Events stripped of their acknowledgement, as remote sockets emit them. */
export type RemoveAcknowledgements<Map extends EventsMap> = {
  [Event in keyof Map]: Map[Event] extends (...args: infer Params) => infer Result
    ? Last<Params> extends Listener
      ? (...args: AllButLast<Params>) => Result
      : Map[Event]
    : Map[Event];
};

type AckStyle = "error" | "many" | "error and many";

type DecorateLast<Signature, Style extends AckStyle> = Signature extends (...args: infer Params) => infer Result
  ? (...args: DecorateParams<Params, Style>) => Result
  : Signature;

type DecorateParams<Params extends readonly unknown[], Style extends AckStyle> = Params extends [
  ...infer Head,
  infer Ack,
]
  ? IsAny<Ack> extends true
    ? Params
    : Ack extends (...args: infer AckParams) => infer AckResult
      ? [...Head, (...args: AckArgs<AckParams, Style>) => AckResult]
      : Params
  : Params;

type AckArgs<Params extends readonly unknown[], Style extends AckStyle> = Style extends "error"
  ? WithError<Params>
  : Style extends "many"
    ? Collected<Params>
    : Collected<WithError<Params>>;

/** Idempotent, so that decorating twice adds one error. */
type WithError<Params extends readonly unknown[]> =
  StartsWithError<Params> extends true ? Params : [error: Error, ...Params];

/** Only the first value of each answer is collected; the rest does not reach the caller. */
type Collected<Params extends readonly unknown[]> = Params extends readonly []
  ? []
  : StartsWithError<Params> extends true
    ? Params extends readonly [infer Failure, ...infer Values]
      ? [error: Failure, ...FirstAsList<Values>]
      : Params
    : FirstAsList<Params>;

type FirstAsList<Values extends readonly unknown[]> = Values extends readonly []
  ? []
  : Values extends readonly [(infer First)?, ...unknown[]]
    ? [values: First[]]
    : Values;

type StartsWithError<Params extends readonly unknown[]> =
  IsAny<Params[0]> extends true ? false : Params extends readonly [Error, ...unknown[]] ? true : false;

type IsAny<Type> = 0 extends 1 & Type ? true : false;

type IfAny<Type, Then, Else> = IsAny<Type> extends true ? Then : Else;
