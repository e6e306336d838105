/** The built `perdure` command as a child process, and apps for it written to temporary folders. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));
export const command: string = join(root, "dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface RunOptions {
  readonly cwd?: string;
  /** On top of the surrounding environment without the settings of the test run. */
  readonly env?: Readonly<Record<string, string>>;
  /** It is killed, and `signal` is SIGKILL, when it needs longer. Default 15 s: no mistake may take longer to be told. */
  readonly limitMs?: number;
}

/** `perdure ARGS` to its end. */
export function perdure(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Running(args, { limitMs: 15_000, ...options }).ended;
}

/** A `perdure` that runs beside the test. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  private over = false;

  constructor(args: readonly string[], { cwd = root, env = {}, limitMs = 120_000 }: RunOptions = {}) {
    const inherited = Object.entries(process.env).filter(
      ([key]) => !/^(PERDURE_|TEMPORAL_|REDIS_|VITEST|NODE_)/.test(key),
    );
    const started = performance.now();
    const child = spawn(process.execPath, [command, ...args], {
      cwd,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    child.stdout.on("data", (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    const kill = (): boolean => child.kill("SIGKILL");
    process.once("exit", kill);
    this.ended = once(child, "close").then(([code, signal]: unknown[]) => {
      this.over = true;
      clearTimeout(limit);
      process.off("exit", kill);
      const { stdout, stderr } = this;
      const ms = performance.now() - started;
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr, ms };
    });
  }

  /** Polls `probe` until it gives something; fails, with what was said so far, when the command ends first or time is up. */
  async until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, limitMs = 60_000): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const wasOver = this.over;
      const found = await probe();
      if (found !== undefined) return found;
      if (wasOver || Date.now() > deadline) {
        const why = wasOver ? "the command ended" : `${limitMs} ms passed`;
        throw new Error(`${why} before ${what}; its output:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The first group of the first match in what it wrote to standard error. */
  logged(pattern: RegExp, limitMs?: number): Promise<string> {
    return this.until(`a log line like ${pattern}`, () => pattern.exec(this.stderr)?.slice(0, 2).at(-1), limitMs);
  }

  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** A temporary app directory with these files; removed after the tests of the file. */
export function writeApp(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "perdure-e2e-"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The last line of a text that ends with a line break. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

export function lastJson(text: string): unknown {
  return JSON.parse(lastLine(text));
}

/** Console log lines, or lines for people: no stack frame of ours or of a package may be among them. */
export const javascriptFrame: RegExp = /\bat .*\.(m|c)?(js|ts):\d+|node:internal|node_modules/;
