/** Headers of starts, signals and activities, in and out: one argument carries them through the SDK's calls. No shared state. */
import { defaultPayloadConverter, type Payload as WirePayload } from "@temporalio/common";
import { type ActivateInput, type Headers, log, type WorkflowInterceptors } from "@temporalio/workflow";
import { headerKey } from "./protocol.js";

/** What the workflow function and the signal handler get as their only argument. */
export interface Incoming {
  readonly args: readonly unknown[];
  /** The value under our header key; undefined when the sender is not one of us, null when it cannot be read. */
  readonly header: unknown;
}

type Jobs = NonNullable<ActivateInput["activation"]["jobs"]>;

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
  return [{ args, header: payload === undefined ? undefined : (readable(payload)?.value ?? null) }];
}

function readable(payload: WirePayload): { value: unknown } | undefined {
  try {
    return { value: defaultPayloadConverter.fromPayload(payload) };
  } catch {
    return undefined;
  }
}

/** Signals at which the SDK would throw, so that no task of the run could ever succeed again. Anyone can send one. */
function poisonous({ signalWorkflow: signal }: Jobs[number]): boolean {
  if (!signal) return false;
  return signal.signalName?.startsWith("__temporal_") === true || (signal.input ?? []).some((item) => !readable(item));
}

function withoutPoison(jobs: Jobs): Jobs {
  return jobs.filter((job) => {
    const bad = poisonous(job);
    if (bad)
      log.warn("a signal was refused: its name is reserved, or its arguments cannot be read", {
        signal: job.signalWorkflow?.signalName,
      });
    return !bad;
  });
}

export function headerInterceptors(): WorkflowInterceptors {
  return {
    internals: [
      {
        activate: (input, next) => {
          const { activation } = input;
          if (activation.jobs) activation.jobs = withoutPoison(activation.jobs);
          next(input);
        },
      },
    ],
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
