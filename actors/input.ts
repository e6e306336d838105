/** What may be fed to a process, and what a process may ask of its host. Data only. */
import type { Delivery, Envelope, ExitReason, Failure, Payload, Pid, Ref, ReplyOutcome } from "../mailbox/index.js";

export type Outcome = ReplyOutcome;

/** JSON-shaped object: context values, options. */
export type PayloadRecord = { readonly [key: string]: Payload };

export interface StartupMessage {
  readonly topic: string;
  readonly payloads: readonly Payload[];
}

/** Everything that a host needs to start a process. Refs are the parent's view. */
export interface SpawnSpec {
  /** Registry id of the entry to run. */
  readonly entry: string;
  /** Registry id of the host, as the program wrote it. */
  readonly host: string;
  readonly args: readonly Payload[];
  readonly parent: Pid;
  readonly parentIncarnation: string;
  /** The parent's tag of this spawn: with the parent it names the child, so starting twice is starting once. */
  readonly key: number;
  readonly linkRef?: Ref | undefined;
  readonly monitorRef?: Ref | undefined;
  readonly name?: string | undefined;
  readonly context: PayloadRecord;
  /** Host specific options, opaque to the kernel. */
  readonly options: PayloadRecord;
  /** In the mailbox before the first input, in this order, from the parent. */
  readonly messages: readonly StartupMessage[];
}

/** `existed`: a taken name or id led to a living process, and neither link nor monitor has been written into it. */
export type SpawnResult =
  | { readonly ok: true; readonly pid: Pid; readonly incarnation?: string; readonly existed: boolean }
  | { readonly ok: false; readonly error: Failure };

/** A function call. `key` is the idempotency key: the same for every attempt. */
export interface InvokeRequest {
  readonly kind: "invoke";
  readonly target: string;
  readonly args: readonly Payload[];
  readonly context: PayloadRecord;
  readonly options: PayloadRecord;
  readonly key: string;
}

export type NameRequest =
  | { readonly kind: "register"; readonly name: string; readonly pid: Pid }
  | { readonly kind: "lookup"; readonly name: string }
  | { readonly kind: "unregister"; readonly name: string };

/**
 * An operation on a key-value store. `key` is the idempotency key: a store that has seen it answers as it did then, so an operation
 * that is repeated after a crash has one effect.
 */
export interface StoreRequest {
  readonly kind: "store";
  /** Registry id of the store entry. */
  readonly store: string;
  readonly operation: "get" | "put" | "delete" | "list" | "info";
  /** What the operation needs, by name. */
  readonly args: PayloadRecord;
  readonly key: string;
}

/** One operation of a service of the node, by the service's name; see `NodeService`. */
export interface AskRequest {
  readonly kind: "ask";
  readonly service: string;
  readonly operation: string;
  /** What the operation needs, by name. */
  readonly args: PayloadRecord;
}

/**
 * An interest in what a service of the node has to tell: it comes as `brought` inputs with the tag of this request, until the program
 * drops it or the process ends. It settles only when it is refused. A host that was down asks again.
 */
export interface HoldRequest {
  readonly kind: "hold";
  readonly service: string;
  readonly operation: string;
  readonly args: PayloadRecord;
}

/**
 * Values: invoke gives the function's result; timer null; register true; lookup the pid's text; unregister a boolean;
 * random `{ $bytes }`; store and ask what the operation answers. A timer with `periodMs` is one of a series, such as
 * a ticker's: a host that was down when it was due may leave out the firings it missed.
 */
export type Request =
  | { readonly kind: "spawn"; readonly spec: SpawnSpec }
  | InvokeRequest
  | { readonly kind: "timer"; readonly delayMs: number; readonly periodMs?: number }
  | NameRequest
  | StoreRequest
  | AskRequest
  | HoldRequest
  | { readonly kind: "random"; readonly bytes: number };

/** One input. `at` is the host's time in milliseconds since 1970; it never goes backwards for one process. */
export type Input =
  | { readonly kind: "start"; readonly at: number; readonly spec: SpawnSpec }
  | { readonly kind: "envelope"; readonly at: number; readonly envelope: Envelope }
  | { readonly kind: "answered"; readonly at: number; readonly tag: number; readonly delivery: Delivery }
  | { readonly kind: "settled"; readonly at: number; readonly tag: number; readonly outcome: Outcome }
  | { readonly kind: "spawned"; readonly at: number; readonly tag: number; readonly result: SpawnResult }
  /** What a service of the node had to tell to the `hold` request of this tag. */
  | { readonly kind: "brought"; readonly at: number; readonly tag: number; readonly payload: Payload }
  /** Every process of that node is out of reach for good. */
  | { readonly kind: "nodedown"; readonly at: number; readonly node: string }
  /** The host's verdict that the turn used up its budget, after so many slices; recorded so that replay obeys it. */
  | { readonly kind: "overrun"; readonly at: number; readonly slices: number }
  /** The mailbox is past its limit: the oldest messages that the program has not taken are dropped, so many. */
  | { readonly kind: "discard"; readonly at: number; readonly count: number }
  /** The host ends the process: shutdown, or the end of a run that it was told of. */
  | { readonly kind: "stop"; readonly at: number; readonly reason: ExitReason }
  /** The host keeps too many inputs of this process: the program may go on with new state, by an upgrade to itself. */
  | { readonly kind: "continue"; readonly at: number }
  /** Nothing happened but that a program driven from outside has something to do. */
  | { readonly kind: "wake"; readonly at: number };

/** The startup messages of a spawn that led to a process which runs already: to it they are ordinary messages, in this order. */
export function startupEnvelopes({ parent, parentIncarnation, messages }: SpawnSpec, to: Pid): Envelope[] {
  return messages.map(({ topic, payloads }) => ({
    from: parent,
    incarnation: parentIncarnation,
    to,
    seq: 0,
    signal: { kind: "message", topic, payloads },
  }));
}

/** An empty spec to start from: no relation, no messages, no context. */
export function spawnSpec(
  parent: Pid,
  parentIncarnation: string,
  key: number,
  what: { entry: string; host: string; args?: readonly Payload[] } & Partial<
    Pick<SpawnSpec, "linkRef" | "monitorRef" | "name" | "context" | "options" | "messages">
  >,
): SpawnSpec {
  return { args: [], context: {}, options: {}, messages: [], ...what, parent, parentIncarnation, key };
}
