/** What a behaviour may ask for and be told, as data. Who does it is in behaviour.ts. */
import type { ExitReason, Message, Payload, Pid } from "../mailbox/index.js";
import type { Outcome, Request } from "./input.js";
import type { ProcessEvent, SpawnOptions } from "./program.js";

/** What a behaviour may ask for. `as` comes back in the `answer` event. */
export type Command =
  | {
      readonly kind: "send";
      readonly to: Pid;
      readonly topic: string;
      readonly payloads: readonly Payload[];
      readonly as?: string;
    }
  | { readonly kind: "link" | "monitor"; readonly to: Pid; readonly as?: string }
  | { readonly kind: "unlink" | "demonitor"; readonly to: Pid }
  | {
      readonly kind: "cancel";
      readonly to: Pid;
      readonly reason?: string;
      readonly withinMs?: number;
      readonly as?: string;
    }
  | { readonly kind: "kill"; readonly to: Pid; readonly as?: string }
  | {
      readonly kind: "spawn" | "exec";
      readonly entry: string;
      readonly host: string;
      readonly args: readonly Payload[];
      readonly options?: SpawnOptions;
      readonly as?: string;
    }
  | { readonly kind: "request"; readonly request: Exclude<Request, { kind: "spawn" }>; readonly as?: string }
  /** Answer a message that carries a call; without effect for any other. */
  | { readonly kind: "reply"; readonly message: Message; readonly outcome: Outcome }
  | { readonly kind: "trap_links"; readonly on: boolean }
  /** Go on as another entry, or as this one anew; nothing after it is done. */
  | { readonly kind: "upgrade"; readonly entry?: string; readonly args: readonly Payload[] }
  | { readonly kind: "stop"; readonly reason: ExitReason };

/** What a behaviour is told. A delivery that was accepted answers `{ ok: true, value: null }`; `brought` is for a `hold` request;
 * `pid` comes with the answer to a spawn. */
export type BehaviourEvent =
  | Message
  | { readonly kind: "answer"; readonly as: string; readonly outcome: Outcome; readonly pid?: Pid }
  | { readonly kind: "brought"; readonly as: string; readonly payload: Payload }
  | ProcessEvent;
