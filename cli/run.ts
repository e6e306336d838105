/**
 * `perdure run APP` serves until it is told to stop; `perdure run APP ns:name [JSON ...]`, and `perdure run FILE.lua [JSON ...]`,
 * run one entry and print its result.
 */
import {
  type AppConfig,
  BootError,
  bootApp,
  ConfigError,
  failureText,
  formatProblem,
  isScript,
  loadApp,
  logOptions,
  type NodeLogger,
  observeSystem,
  openLogger,
  type RunningApp,
  scriptEntry,
} from "../app/index.js";
import { complain, type ExitCode, exitCode, print, write } from "./output.js";
import { ProgressBar, withProgress } from "./progress.js";

export interface RunFlags {
  readonly json?: boolean;
  /** As typed; see `LoadOptions.overrides`. */
  readonly override?: readonly string[];
}

interface ErrorShape {
  readonly kind: string;
  readonly message: string;
  readonly retryable?: boolean | null;
  readonly details?: unknown;
}

export async function run(
  dir: string,
  named: string | undefined,
  texts: readonly string[],
  flags: RunFlags,
): Promise<ExitCode> {
  // A file of Lua has one thing to run, so what follows are its arguments.
  const script = isScript(dir);
  const target = script ? scriptEntry : named;
  const json = script && named !== undefined ? [named, ...texts] : texts;
  const args = target === undefined ? [] : parseArguments(json);
  if ("usage" in args) return usageError(args.usage, flags);
  const config = await loadConfig(dir, flags);
  if (config === undefined) return exitCode.usage;
  const { logger, line } = await openOutput(config, flags);
  for (const warning of config.warnings) logger.warn({}, formatProblem(warning));
  const app = await boot(config, logger, line, flags, target !== undefined);
  if (typeof app === "number") return app;
  const stopped = stopOnSignal(app, logger);
  // An app whose processes all wait has nothing that keeps Node.js running; it is to run until it is stopped.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  try {
    return await serveOrCall(app, logger, stopped, { dir, target, args, flags });
  } finally {
    clearInterval(alive);
  }
}

interface Asked {
  readonly dir: string;
  readonly target: string | undefined;
  readonly args: readonly unknown[];
  readonly flags: RunFlags;
}

async function serveOrCall(
  app: RunningApp,
  logger: NodeLogger,
  stopped: Promise<undefined>,
  { dir, target, args, flags }: Asked,
): Promise<ExitCode> {
  if (target === undefined) {
    logger.info({ node: app.system.node }, `running ${dir}; Ctrl-C stops`);
    await stopped;
    return exitCode.ok;
  }
  const result = await Promise.race([app.run(target, args), stopped]);
  await app.stop();
  if (result === undefined) return exitCode.failed;
  if ("usage" in result) return usageError(result.usage, flags);
  if (result.ok) {
    print(JSON.stringify(result.value));
    return exitCode.ok;
  }
  const { stack } = result.error;
  if (stack !== undefined && !flags.json) complain(`${placed(failureText(result.error), stack)}\n${stack}`);
  complain(errorLine(result.error, flags.json ? { stack: stack ?? null } : {}));
  return exitCode.failed;
}

function parseArguments(texts: readonly string[]): unknown[] | { usage: string } {
  const values: unknown[] = [];
  for (const [index, text] of texts.entries()) {
    try {
      values.push(JSON.parse(text));
    } catch {
      // What begins like JSON was meant to be JSON, and quotes around it would not help.
      const hint = /^\s*["{[]/.test(text) ? "" : `; write text as '${JSON.stringify(text)}'`;
      return { usage: `argument ${index + 1} is not JSON: ${text}${hint}` };
    }
  }
  return values;
}

/** Undefined: it is wrong, and what is wrong has been said. */
export async function loadConfig(dir: string, flags: RunFlags): Promise<AppConfig | undefined> {
  try {
    return await loadApp(dir, { env: process.env, overrides: flags.override ?? [] });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (flags.json) complain(JSON.stringify({ kind: "INVALID", problems: error.problems }));
    else complain(error.message);
    return undefined;
  }
}

/** Where log records and the programs' own lines go: on a terminal, around a progress bar. */
async function openOutput(
  config: AppConfig,
  flags: RunFlags,
): Promise<{ logger: NodeLogger; line: (text: string) => void }> {
  const terminal = process.stderr.isTTY === true && flags.json !== true;
  const logger = await openLogger(logOptions(config.runtime, terminal, flags.json === true));
  if (!terminal) return { logger, line: print };
  const bar = new ProgressBar((text) => write(2, text));
  return { logger: withProgress(logger, bar), line: (text) => bar.around(() => print(text)) };
}

/** `called`: an entry was named, so a start that fails is the failure of that call. */
async function boot(
  config: AppConfig,
  logger: NodeLogger,
  line: (text: string) => void,
  flags: RunFlags,
  called: boolean,
): Promise<RunningApp | ExitCode> {
  try {
    return await bootApp(config, { observe: (system) => observeSystem(system, logger, line) });
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    const isCode = error.entry.kind.endsWith(".lua");
    // A syntax error names its own place, which is in the Lua source and not in the entry.
    const message = isCode ? error.failure.message : error.message;
    const code = isCode || error.failure.kind === "INVALID" ? exitCode.usage : exitCode.failed;
    const asJson = flags.json === true || (code === exitCode.failed && called);
    complain(asJson ? errorLine({ ...error.failure, message }) : message);
    return code;
  }
}

/** Resolves once everything has stopped; a second signal ends the process at once. */
function stopOnSignal(app: RunningApp, logger: NodeLogger): Promise<undefined> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      logger.info({}, `${signal}: stopping; once more ends at once`);
      void app.stop().then(() => resolve(undefined));
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

function usageError(message: string, flags: RunFlags): ExitCode {
  complain(flags.json ? errorLine({ kind: "INVALID", message, retryable: false }) : `perdure run: ${message}`);
  return exitCode.usage;
}

/** An error object does not say where it was made: the innermost Lua function of its traceback does. */
function placed(text: string, stack: string): string {
  if (/^\S+:\d+: /.test(text)) return text;
  const place = /^\t(?!\[C\])(\S+:\d+): in /m.exec(stack)?.[1];
  return place === undefined ? text : `${place}: ${text}`;
}

/** The error as one JSON object, always with the same four keys, and `more`. */
function errorLine({ kind, message, retryable = null, details = null }: ErrorShape, more: object = {}): string {
  return JSON.stringify({ kind, message, retryable, details, ...more });
}
