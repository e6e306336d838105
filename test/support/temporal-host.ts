/** A node with the Temporal tier, for tests of what is outside of the sandbox: stub workflows, and local processes that only listen. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { msToTs } from "@temporalio/common/lib/time.js";
import { vi } from "vitest";
import { createSystem, type Host, type SpawnSpec, type System, spawnSpec } from "../../actors/index.js";
import { realClock } from "../../durability/memory/clock.js";
import {
  type FunctionRunner,
  openTemporalClient,
  openTemporalWorker,
  TemporalHost,
  type TemporalNode,
  type WorkflowWorld,
} from "../../durability/temporal/index.js";
import {
  accepted,
  type Delivery,
  type Envelope,
  failure,
  makePid,
  type Payload,
  type Pid,
} from "../../mailbox/index.js";
import type { StubStep } from "./stub-workflow.js";
import { connectTemporal, temporalAddress, uniqueQueue } from "./temporal.js";

export const clientId = "test:temporal";
export const workerId = "test:worker";
export const entryId = "test:stub";

/** A local "process": keeps what it is sent. */
export class Listener {
  readonly pid: Pid;
  readonly envelopes: Envelope[] = [];
  private waiting: { holds: () => boolean; resolve: () => void }[] = [];

  constructor(pid: Pid) {
    this.pid = pid;
  }

  take(envelope: Envelope): void {
    this.envelopes.push(envelope);
    for (const waiter of this.waiting.filter(({ holds }) => holds())) waiter.resolve();
    this.waiting = this.waiting.filter(({ holds }) => !holds());
  }

  /** Exits so far. */
  exits() {
    return this.envelopes.flatMap(({ from, signal, incarnation }) =>
      signal.kind === "exit" ? [{ from, incarnation, ...signal }] : [],
    );
  }

  /** Resolves when that many exits have come. */
  async gotExits(count: number) {
    const holds = () => this.exits().length >= count;
    if (!holds()) await new Promise<void>((resolve) => this.waiting.push({ holds, resolve }));
    return this.exits();
  }
}

export class ListenerHost implements Host {
  readonly id = "test:processes";
  readonly node: string;
  private readonly listeners = new Map<string, Listener>();

  constructor(node: string) {
    this.node = node;
  }

  open(): Listener {
    const listener = new Listener(makePid(this.node, this.id, `0x${this.listeners.size + 1}`));
    this.listeners.set(listener.pid.id, listener);
    return listener;
  }

  spawn() {
    return { ok: false, error: failure("INVALID", "a host of listeners") } as const;
  }

  deliver(envelope: Envelope): Delivery {
    const listener = this.listeners.get(envelope.to.id);
    listener?.take(envelope);
    return listener === undefined ? { kind: "gone" } : accepted;
  }

  async close(): Promise<void> {}
}

let bundle: Promise<string> | undefined;

/** Path of the stub's bundle; made once per test file. */
export function stubBundle(): Promise<string> {
  bundle ??= makeBundle();
  return bundle;
}

async function makeBundle(): Promise<string> {
  const script = new URL("../../scripts/bundle-workflow.mjs", import.meta.url).href;
  const { bundleWorkflow } = (await import(script)) as { bundleWorkflow(input: string): Promise<string> };
  const code = await bundleWorkflow(fileURLToPath(new URL("./stub-workflow.ts", import.meta.url)));
  const path = join(await mkdtemp(join(tmpdir(), "perdure-stub-")), "bundle.js");
  await writeFile(path, code);
  return path;
}

export interface TestNode {
  readonly system: System;
  readonly client: TemporalNode;
  readonly host: TemporalHost;
  readonly processes: ListenerHost;
  readonly taskQueue: string;
  /** A spec of the stub workflow, spawned by that listener. */
  spec(parent: Listener, step: StubStep, more?: Partial<Omit<SpawnSpec, "parent">>): SpawnSpec;
  /** Start a stub workflow; throws when it does not start. */
  start(
    parent: Listener,
    step: StubStep,
    more?: Partial<Omit<SpawnSpec, "parent">>,
  ): Promise<{ pid: Pid; runId: string }>;
  send(from: Listener, to: Pid, topic: string, ...payloads: Payload[]): Promise<Delivery>;
  close(): Promise<void>;
}

export interface TestNodeOptions {
  readonly run?: FunctionRunner;
  readonly entries?: WorkflowWorld["entries"];
  readonly worker?: boolean;
  readonly address?: string;
  readonly taskQueue?: string;
  readonly namespace?: string;
}

/** A namespace of its own, for tests that need every poller of our shared queues to be theirs. */
export async function ownNamespace(): Promise<string> {
  const namespace = `perdure-${randomUUID()}`;
  const { connection } = await connectTemporal();
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs("24h"),
    });
    // The server's parts learn of it one after the other; starting a workflow needs all of them.
    const request = { namespace, workflowId: "probe", workflowType: { name: "probe" }, taskQueue: { name: "probe" } };
    await vi.waitFor(() => connection.workflowService.startWorkflowExecution({ ...request, requestId: randomUUID() }), {
      timeout: 30_000,
      interval: 250,
    });
  } finally {
    await connection.close();
  }
  return namespace;
}

export function stubWorld(taskQueue: string, more: WorkflowWorld["entries"] = {}): WorkflowWorld {
  const entries = {
    [entryId]: { kind: "workflow.lua", hash: "h1", workflowType: "stub", worker: workerId, options: {} },
    "test:plain": { kind: "process.lua", hash: "h2", options: {} },
    ...more,
  };
  return {
    sources: {},
    entries,
    workers: { [workerId]: { client: clientId, taskQueue } },
    processHosts: ["test:processes"],
  };
}

export function testSystem(): System {
  return createSystem({
    node: `boot${randomUUID().slice(0, 8)}`,
    clock: realClock(),
    load: () => failure("INVALID", "no programs in this test"),
    invoke: () => () => {},
    randomBytes: (count) => randomBytes(count),
  });
}

export async function openTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  const system = testSystem();
  const taskQueue = options.taskQueue ?? uniqueQueue("stub");
  const world = stubWorld(taskQueue, options.entries);
  const processes = new ListenerHost(system.node);
  system.attach(processes);
  const client = await openTemporalClient({
    client: {
      id: clientId,
      address: options.address ?? temporalAddress(),
      temporalNamespace: options.namespace ?? "default",
    },
    system,
    world,
  });
  if ("kind" in client) throw new Error(client.message);
  const run: FunctionRunner = options.run ?? (async () => ({ ok: true, value: null }));
  const bundlePath = await stubBundle();
  const worker =
    options.worker === false
      ? undefined
      : await openTemporalWorker({ id: workerId, client, taskQueue, run, bundle: bundlePath });
  const host = new TemporalHost({ id: workerId, client, taskQueue, ...(worker === undefined ? {} : { worker }) });
  system.attach(host);
  let key = 0;
  const spec: TestNode["spec"] = (parent, step, more = {}) => {
    const what = { entry: entryId, host: workerId, args: [step as unknown as Payload], ...more };
    return spawnSpec(parent.pid, system.node, ++key, what);
  };
  return {
    system,
    client,
    host,
    processes,
    taskQueue,
    spec,
    async start(parent, step, more) {
      const result = await host.spawn(spec(parent, step, more));
      if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.message}`);
      return { pid: result.pid, runId: result.incarnation ?? "" };
    },
    async send(from, to, topic, ...payloads) {
      return host.deliver(envelope(from, to, { kind: "message", topic, payloads }));
    },
    async close() {
      await system.close(1_000);
      await client.close(1_000);
    },
  };
}

export function envelope(from: Listener, to: Pid, signal: Envelope["signal"]): Envelope {
  return { from: from.pid, incarnation: from.pid.node, to, seq: 0, signal };
}
