/** Checked entries -> a running node: hosts, services and servers in order of their dependencies, and the way back. */
import { type Client, type System, thrownFailure } from "../actors/index.js";
import { type Failure, failureText } from "../mailbox/index.js";
import { formatPlace } from "./config/errors.js";
import type { AppConfig, Entry, EntryOf } from "./entries.js";
import { createNode, type Node } from "./node.js";
import { type Part, startPart } from "./parts.js";
import { runTarget, type TargetResult } from "./target.js";

export interface RunningApp {
  readonly config: AppConfig;
  readonly node: Node;
  readonly system: System;
  /** A process of the node for code outside of it. */
  readonly client: Client;
  /** What has been started, by entry id. */
  readonly parts: ReadonlyMap<string, Part>;
  /** Call a function, or start a process or workflow on its default host, and wait for its result. */
  run(target: string, args: readonly unknown[]): Promise<TargetResult>;
  /** Stop everything in reverse order. Safe to repeat. */
  stop(): Promise<void>;
}

/** The start of a required entry failed; everything that had started has been stopped again. */
export class BootError extends Error {
  readonly entry: Entry;
  readonly failure: Failure;

  constructor(entry: Entry, error: Failure) {
    super(`${formatPlace(entry.position)}: ${entry.kind} ${entry.id} did not start: ${failureText(error)}`);
    this.name = "BootError";
    this.entry = entry;
    this.failure = error;
  }
}

/** What was started at once, by entry id. */
type StartedLevel = readonly (readonly [id: string, part: Part])[];

/** Called with the node before anything is started, so that no event is missed. */
export interface BootOptions {
  readonly observe?: (system: System) => void;
}

export async function bootApp(config: AppConfig, options: BootOptions = {}): Promise<RunningApp> {
  const node = createNode(config);
  options.observe?.(node.system);
  const started: StartedLevel[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= stopAll(config, node, started);
    return stopping;
  };
  const parts = new Map<string, Part>();
  for (const level of config.order) {
    const results = await Promise.all(level.map((id) => startEntry(config, node, parts, id)));
    const up = results.flatMap((result) => (result.part ? [[result.id, result.part] as const] : []));
    for (const [id, part] of up) parts.set(id, part);
    started.push(up);
    const failed = results.find((result) => result.error !== undefined && isRequired(config, result.id));
    for (const { id, error } of results) {
      if (error === undefined || id === failed?.id) continue;
      node.system.events.emit("health", { id, state: "down", detail: failureText(error) });
    }
    if (failed?.error !== undefined) {
      await stop();
      throw new BootError(config.entries.get(failed.id)!, failed.error);
    }
  }
  for (const part of parts.values()) if (part.part === "journal") part.ready();
  const client = node.openClient("node:client");
  return {
    config,
    node,
    system: node.system,
    client,
    parts,
    run: (target, args) => runTarget(config, node, client, target, args),
    stop,
  };
}

async function startEntry(
  config: AppConfig,
  node: Node,
  parts: ReadonlyMap<string, Part>,
  id: string,
): Promise<{ id: string; part?: Part; error?: Failure }> {
  const entry = config.entries.get(id);
  if (entry === undefined) return { id };
  try {
    const result = await startPart(config, node, parts, entry);
    if (result === undefined) return { id };
    return "kind" in result ? { id, error: result } : { id, part: result };
  } catch (thrown) {
    return { id, error: thrownFailure(thrown) };
  }
}

function isRequired(config: AppConfig, id: string): boolean {
  const entry = config.entries.get(id) as Entry & { lifecycle?: EntryOf<"process.service">["lifecycle"] };
  return entry.lifecycle?.startup !== "optional";
}

/** Levels in reverse order, each at once as it was started. What cannot stop is reported, and keeps nothing else from stopping. */
async function stopAll(config: AppConfig, node: Node, started: StartedLevel[]): Promise<void> {
  node.system.announceClose();
  const stopOne = async ([id, part]: StartedLevel[number]): Promise<void> => {
    try {
      await part.stop();
    } catch (thrown) {
      const detail = `did not stop: ${failureText(thrownFailure(thrown))}`;
      node.system.events.emit("health", { id, state: "degraded", detail });
    }
  };
  for (let level = started.pop(); level !== undefined; level = started.pop()) await Promise.all(level.map(stopOne));
  // What is left are the node's own processes, which have nothing to say to a cancel.
  await node.system.close(Math.min(100, config.runtime.shutdownTimeoutMs));
  await node.stores.close();
}
