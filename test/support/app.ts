/** Whole applications for tests: written to a folder of their own, booted in this process or run by the command as a child to be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LogRecord, Outcome, ProcessEvent, SpawnOptions, System } from "../../actors/index.js";
import { type AppConfig, bootApp, loadApp, type RunningApp } from "../../app/index.js";
import { type Payload, type Pid, parsePid } from "../../mailbox/index.js";
import { temporalAddress } from "./temporal.js";

/** Path below the app's folder -> text. */
export type AppFiles = Readonly<Record<string, string>>;

export async function writeApp(files: AppFiles): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "perdure-app-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

/** An app that runs in this process, and a client that traps links and remembers what it was told. */
export class TestApp {
  readonly running: RunningApp;
  readonly events: ProcessEvent[] = [];
  /** What its programs logged and printed. */
  readonly logs: { readonly entry: string; readonly record: LogRecord }[] = [];

  private constructor(running: RunningApp) {
    this.running = running;
    running.client.onEvent((event) => this.events.push(event));
    running.system.events.on("log", ({ entry, record }) => this.logs.push({ entry, record }));
  }

  /** `alter`: what is to run in place of what the files say. `observe` gets the system before anything starts. */
  static async boot(
    files: AppFiles,
    alter = (config: AppConfig) => config,
    observe: (system: System) => void = () => {},
  ): Promise<TestApp> {
    const dir = await writeApp(files);
    // An app is read before it is booted, so that its folder can go.
    const config = await loadApp(dir);
    await rm(dir, { recursive: true });
    return new TestApp(await bootApp(alter(config), { observe }));
  }

  get client() {
    return this.running.client;
  }

  async spawn(entry: string, host: string, args: readonly Payload[] = [], options: SpawnOptions = {}): Promise<Pid> {
    const pid = await this.client.spawn(entry, host, args, options);
    if ("kind" in pid) throw new Error(`spawn of ${entry} failed: ${pid.kind}: ${pid.message}`);
    return pid;
  }

  /** What `process.call` of that topic answers; throws its error. */
  async ask(pid: Pid | string, topic: string, payload: Payload = null): Promise<Payload> {
    return valueIn(await this.client.call(pidOf(pid), topic, payload, 20_000));
  }

  tell(pid: Pid | string, topic: string, ...payloads: Payload[]): Promise<Outcome> {
    return this.client.send(pidOf(pid), topic, ...payloads);
  }

  monitor(pid: Pid): Promise<Outcome> {
    return new Promise((resolve) => this.client.start((self) => self.monitor(pid), resolve));
  }

  /** EXIT and LINK_DOWN of that process, as this client heard them. */
  heard(from: Pid | string): ProcessEvent[] {
    return this.events.filter((event) => event.from.text === pidOf(from).text);
  }

  /** Wait until that many events of the process have come; returns them all. */
  async hears(from: Pid | string, count = 1): Promise<ProcessEvent[]> {
    await until(() => this.heard(from).length >= count);
    return this.heard(from);
  }

  stop(): Promise<void> {
    return this.running.stop();
  }
}

export function valueIn(outcome: Outcome): Payload {
  if (outcome.ok) return outcome.value;
  throw new Error(`${outcome.error.kind}: ${outcome.error.message}`);
}

export function pidOf(pid: Pid | string): Pid {
  const parsed = typeof pid === "string" ? parsePid(pid) : pid;
  if (parsed === undefined) throw new Error(`not a pid: ${String(pid)}`);
  return parsed;
}

/** Wait for something to become true; also in hooks and in tests that run beside each other, where expect.poll refuses. */
export async function until(what: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await what()); await pause(20)) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
  }
}

/** An app that the command runs in a process of its own. */
export class ChildNode {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private readonly dir: string;
  private lines: string[] = [];
  private complaints = "";

  private constructor(dir: string, env: NodeJS.ProcessEnv) {
    this.dir = dir;
    const command = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    this.child = spawn(process.execPath, [command, "run", dir], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((resolve) => this.child.once("close", () => resolve()));
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.lines.push(line));
    this.child.stderr!.on("data", (chunk) => {
      this.complaints += String(chunk);
    });
  }

  static async start(files: AppFiles, env: Readonly<Record<string, string>> = {}): Promise<ChildNode> {
    return new ChildNode(await writeApp(files), { ...process.env, ...env });
  }

  /** The rest of the first line that a program of it prints with this word in front. Rejects when it ends first. */
  async printed(word: string): Promise<string> {
    const find = () => this.lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
    await until(() => find() !== undefined || this.child.exitCode !== null);
    const found = find();
    if (found === undefined) throw new Error(`the node ended without printing ${word}: ${this.complaints}`);
    return found;
  }

  /** Whether a program of it has printed a line with this word in front by now. */
  said(word: string): boolean {
    return this.lines.some((line) => line.startsWith(`${word} `));
  }

  /** SIGKILL: nothing of it runs any more when this resolves. Safe to repeat. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** The agent of the conformance suite: a program that does what it is told by `process.call`, the same on every host. */
export async function agentSource(): Promise<string> {
  return readFile(new URL("../conformance/agent.lua", import.meta.url), "utf8");
}

/** YAML of a namespace `t` with a process host, a client, and a worker of that queue; `more` are lines of its options. */
export function temporalEntries(taskQueue: string, workerOptions = ""): string {
  return `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: client, kind: temporal.client, address: "${temporalAddress()}"}
  - {name: worker, kind: temporal.worker, client: client, task_queue: "${taskQueue}", worker_options: {${workerOptions}}}
`;
}

const agentModules = "[channel, process, time]";

/** The agent as a process (`t:agent` on `t:memory`) and as a workflow (`t:flow` on `t:worker`). `more` are further entries. */
export async function agentApp(taskQueue: string, more = "", workerOptions = ""): Promise<AppFiles> {
  const yaml = `${temporalEntries(taskQueue, workerOptions)}
  - {name: agent, kind: process.lua, source: "file://agent.lua", modules: ${agentModules}}
  - name: flow
    kind: workflow.lua
    source: file://agent.lua
    modules: ${agentModules}
    meta: {temporal: {workflow: {worker: worker}}}
${more}`;
  return { "_index.yaml": yaml, "agent.lua": await agentSource() };
}
