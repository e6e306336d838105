/** Headers of starts, signals and activities, in and out: one argument carries them through the SDK's calls. No shared state. */
import { defaultPayloadConverter } from "@temporalio/common";
import type { Headers, WorkflowInterceptors } from "@temporalio/workflow";
import { headerKey } from "./protocol.js";

/** What the workflow function and the signal handler get as their only argument. */
export interface Incoming {
  readonly args: readonly unknown[];
  /** The value under our header key; undefined when the sender is not one of us. */
  readonly header: unknown;
}

class Carrier {
  readonly args: unknown[];
  readonly header: unknown;

  constructor(args: readonly unknown[], header: unknown) {
    this.args = [...args];
    this.header = header;
  }
}

/** Pass the result as the only argument of a signal, start or activity; the interceptors below unpack it. */
export function carry(args: readonly unknown[], header: unknown): [unknown] {
  return [new Carrier(args, header)];
}

function unpack<T extends unknown[] | undefined>(args: T, headers: Headers): { args: T | unknown[]; headers: Headers } {
  const only = args?.[0];
  if (!(only instanceof Carrier)) return { args, headers };
  return { args: only.args, headers: { ...headers, [headerKey]: defaultPayloadConverter.toPayload(only.header) } };
}

function incoming(args: unknown[], headers: Headers): [Incoming] {
  const payload = headers[headerKey];
  return [{ args, header: payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload) }];
}

export function headerInterceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute: (input, next) => next({ ...input, args: incoming(input.args, input.headers) }),
        handleSignal: (input, next) => next({ ...input, args: incoming(input.args, input.headers) }),
      },
    ],
    outbound: [
      {
        signalWorkflow: (input, next) => next({ ...input, ...unpack(input.args, input.headers) }),
        scheduleActivity: (input, next) => next({ ...input, ...unpack(input.args, input.headers) }),
        scheduleLocalActivity: (input, next) => next({ ...input, ...unpack(input.args, input.headers) }),
        startChildWorkflowExecution: (input, next) => {
          const { args, headers } = unpack(input.options.args, input.headers);
          return next({ ...input, headers, options: { ...input.options, args } as typeof input.options });
        },
      },
    ],
  };
}
