/** The one native runtime that all Temporal workers of this Node process share, and where its log goes. */
import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from "@temporalio/worker";

export type SdkLog = (entry: { level: "warn" | "error"; message: string; detail: string | undefined }) => void;

const listeners = new Set<SdkLog>();
let installed = false;

/** Install the runtime once per process; later calls do nothing. It takes over no process signals. */
export function installRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger("WARN", forward),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: "ERROR", other: "ERROR" }) },
    },
    shutdownSignals: [],
  });
}

/** Hear the SDK's warnings and errors. Returns how to stop. */
export function onSdkLog(listener: SdkLog): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function forward(entry: LogEntry): void {
  const level = entry.level === "ERROR" ? "error" : "warn";
  const error = entry.meta?.error as { message?: unknown } | undefined;
  const detail = typeof error?.message === "string" ? error.message : undefined;
  for (const listener of listeners) listener({ level, message: entry.message, detail });
}
