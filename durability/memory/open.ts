/** Opens a memory host: on this thread alone, or with worker threads for its processes. */
import { availableParallelism } from "node:os";
import type { Client, Host } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import { MemoryHost, type MemoryHostOptions } from "./host.js";
import type { WorkersOptions } from "./workers/start.js";

/** A memory host, on however many threads. */
export interface ProcessHost extends Host {
  /** Processes that live. */
  readonly size: number;
  pids(): Pid[];
  openClient(name: string): Client;
}

export interface OpenMemoryHostOptions extends Omit<MemoryHostOptions, "roll"> {
  /** Left out, or with a count of 1, or on a machine with one core: all processes live on this thread. */
  readonly workers?: WorkersOptions;
}

/** Nothing of worker threads is loaded for a host without them. The host is not yet attached to its system. */
export async function openMemoryHost({ workers, ...options }: OpenMemoryHostOptions): Promise<ProcessHost> {
  const count = workers?.count ?? 1;
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`workers.count of ${options.id} must be a whole number from 1 up, not ${count}`);
  }
  const useful = Math.min(count, availableParallelism());
  if (workers === undefined || useful === 1) return new MemoryHost(options);
  if (options.record !== undefined) throw new Error(`${options.id} cannot record what its workers do`);
  const { WorkersHost } = await import("./workers/host.js");
  return new WorkersHost(options, { ...workers, count: useful });
}
