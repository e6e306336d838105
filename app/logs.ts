/** Where what a node says goes: log records to pino on standard error, `print` to standard output, system events to both. */
import type { System } from "../actors/index.js";
import { failureText } from "../mailbox/index.js";
import type { RuntimeConfig } from "./config/runtime.js";
import { functionsHost } from "./node-hosts.js";

export interface LogOptions {
  /** JSON lines instead of lines for people. */
  readonly json: boolean;
  /** Forces colours on or off for lines for people. */
  readonly color: boolean;
  readonly level: "debug" | "info" | "warn" | "error";
}

export interface NodeLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  flush(): void;
}

const levels = ["debug", "info", "warn", "error"] as const;

export function logOptions(runtime: RuntimeConfig, terminal: boolean, json: boolean): LogOptions {
  const encoding = runtime.logEncoding ?? (terminal ? "console" : "json");
  return { json: json || encoding === "json", color: terminal, level: levels[(runtime.minLevel ?? 0) + 1] ?? "info" };
}

/** Loads pino only when called. Writes to standard error, synchronously. */
export async function openLogger(options: LogOptions): Promise<NodeLogger> {
  const { destination, pino, stdTimeFunctions } = await import("pino");
  if (options.json) {
    return asNodeLogger(
      pino(
        { level: options.level, base: null, timestamp: stdTimeFunctions.isoTime },
        destination({ fd: 2, sync: true }),
      ),
    );
  }
  const { default: pretty } = await import("pino-pretty");
  const { lineOptions } = await import("./log-line.js");
  const stream = pretty({ ...lineOptions(options.color), destination: 2, sync: true });
  return asNodeLogger(pino({ level: options.level, base: null }, stream));
}

/** The part of a pino logger that is used; its own type has an index signature, which no promise may resolve to. */
function asNodeLogger(logger: NodeLogger): NodeLogger {
  return logger;
}

/** A program's fields may not pass for the record's own time, level or message: those get an underscore. */
function ownFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [/^(level|time|msg|stack)$/.test(name) ? `${name}_` : name, value]),
  );
}

/** Log what happens on a node. `print` writes one line of a program to standard output. */
export function observeSystem(system: System, logger: NodeLogger, print: (line: string) => void): void {
  system.events.on("log", ({ pid, entry, record }) => {
    if (record.print) {
      print(record.message);
      return;
    }
    const fields = {
      ...ownFields(record.fields),
      pid: pid.text,
      entry,
      ...(record.location ? { location: record.location } : {}),
    };
    logger[record.level](fields, record.message);
  });
  system.events.on("exit", ({ pid, entry, reason }) => {
    if (reason.kind !== "failed") return;
    const { kind, stack } = reason.error;
    // The caller of a function has its error; everybody else's may interest nobody but the reader of the log.
    const level = pid.host === functionsHost ? "debug" : "warn";
    logger[level](
      { pid: pid.text, entry, kind, ...(stack ? { stack } : {}) },
      `process failed: ${failureText(reason.error)}`,
    );
  });
  system.events.on("restart", ({ id, attempt, delayMs, error }) => {
    logger.warn({ id, attempt, delayMs }, `${id}: ${failureText(error)}; restart in ${delayMs} ms`);
  });
  system.events.on("dead_letter", ({ id, envelope, reason }) => {
    const topic = envelope.signal.kind === "message" ? envelope.signal.topic : envelope.signal.kind;
    logger.debug({ from: envelope.from.text, to: envelope.to.text, topic }, `dead letter ${id}: ${reason}`);
  });
  system.events.on("mailbox_full", ({ pid, entry, limit, count, more }) => {
    // At each doubling, as a flood has no end.
    if (Math.clz32(count) === Math.clz32(count - more)) return;
    const text = `mailbox full (${limit.size} messages, on_full: ${limit.onFull}), ${count} times so far`;
    logger.warn({ pid: pid.text, entry }, text);
  });
  system.events.on("health", ({ id, state, detail }) => {
    logger[state === "up" ? "info" : "warn"]({ id }, `${id} is ${state}${detail ? `: ${detail}` : ""}`);
  });
}
