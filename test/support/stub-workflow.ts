/** A workflow that does what its first argument says: tests of the outside of the sandbox need no Lua and no kernel inside. */
import { ApplicationFailure, defaultPayloadConverter } from "@temporalio/common";
import {
  CancelledFailure,
  condition,
  continueAsNew,
  type Headers,
  type proxyActivities,
  scheduleActivity,
  setDefaultQueryHandler,
  setDefaultSignalHandler,
  sleep,
  Trigger,
  type WorkflowInterceptors,
  workflowInfo,
} from "@temporalio/workflow";

export type StubStep =
  | { readonly do: "return"; readonly value: unknown; readonly afterMs?: number }
  | { readonly do: "fail"; readonly type: string; readonly message: string; readonly detail?: unknown }
  /** Continue as new this often, then do the last step. */
  | { readonly do: "continue"; readonly times: number; readonly last: StubStep }
  /** Fail on all attempts but the last. */
  | { readonly do: "retry"; readonly attempts: number; readonly value: unknown }
  /** Run until a signal named `stop` comes; the result is what came. `sleep`: until terminated or cancelled. */
  | { readonly do: "listen" }
  | { readonly do: "sleep" }
  | { readonly do: "activity"; readonly type: string; readonly args: readonly unknown[]; readonly options: object };

interface Incoming {
  readonly args: unknown[];
  readonly header: unknown;
}

export interface StubSignal {
  readonly name: string;
  readonly args: unknown[];
  readonly header: unknown;
}

function incoming(args: unknown[], headers: Headers): [Incoming] {
  const payload = headers.perdure;
  return [{ args, header: payload === undefined ? null : defaultPayloadConverter.fromPayload(payload) }];
}

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute: (input, next) => next({ ...input, args: incoming(input.args, input.headers) }),
      handleSignal: (input, next) => next({ ...input, args: incoming(input.args, input.headers) }),
    },
  ],
});

/** The SDK asks for a default export when one function is to run every type. */
export default async function main(start: Incoming): Promise<unknown> {
  const signals: StubSignal[] = [];
  const stopped = new Trigger<void>();
  setDefaultSignalHandler((name, ...given) => {
    const { args, header } = given[0] as Incoming;
    signals.push({ name, args, header });
    if (name === "stop") stopped.resolve();
  });
  setDefaultQueryHandler((name) => (name === "signals" ? signals : { args: start.args, header: start.header }));
  return run((start.args[0] ?? { do: "return", value: null }) as StubStep, signals, stopped);
}

async function run(step: StubStep, signals: StubSignal[], stopped: Trigger<void>): Promise<unknown> {
  switch (step.do) {
    case "return":
      if (step.afterMs !== undefined) await sleep(step.afterMs);
      return step.value;
    case "fail":
      throw ApplicationFailure.create({
        type: step.type,
        message: step.message,
        nonRetryable: true,
        details: step.detail === undefined ? [] : [step.detail],
      });
    case "continue":
      return continueAsNew(step.times > 1 ? { ...step, times: step.times - 1 } : step.last);
    case "retry":
      if (workflowInfo().attempt < step.attempts) throw ApplicationFailure.retryable("not yet");
      return step.value;
    case "listen":
      await stopped;
      return signals;
    case "sleep":
      await condition(() => false).catch((error: unknown) => {
        throw error instanceof CancelledFailure ? error : new Error("woken up");
      });
      return null;
    case "activity":
      return scheduleActivity(step.type, [...step.args], step.options as Parameters<typeof proxyActivities>[0]).then(
        (value) => ({ ok: true, value }),
        (error: { cause?: { type?: string; nonRetryable?: boolean; message?: string } }) => ({
          ok: false,
          type: error.cause?.type,
          nonRetryable: error.cause?.nonRetryable,
          message: error.cause?.message,
        }),
      );
  }
}
