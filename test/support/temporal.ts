/** The Temporal server of a test run: where it is and how to talk to it. Starting it is the task of scripts/test.mjs. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { Client, Connection } from "@temporalio/client";
import { describe } from "vitest";

/** Whether PERDURE_SKIP leaves out the tests that need Temporal; without it a missing server fails them. */
export const temporalIsSkipped = (process.env.PERDURE_SKIP ?? "").split(",").some((name) => name.trim() === "temporal");

/** `describe` for tests that need Temporal. */
export const describeTemporal: typeof describe | typeof describe.skip = temporalIsSkipped ? describe.skip : describe;

/** host:port of the server of this run. Throws, with what to do, when there is none. */
export function temporalAddress(): string {
  return fromEnvironment("TEMPORAL_ADDRESS");
}

function fromEnvironment(variable: "TEMPORAL_ADDRESS" | "PERDURE_TEMPORAL_BIN"): string {
  const value = process.env[variable];
  if (value) return value;
  throw new Error(
    process.env.PERDURE_TEMPORAL_MISSING ??
      `${variable} is not set: this test needs a Temporal server. Run it with \`npm test -- <file>\`, which starts one.`,
  );
}

/** A connection that the caller closes. */
export interface TemporalConnection {
  readonly connection: Connection;
  readonly client: Client;
}

export async function connectTemporal(): Promise<TemporalConnection> {
  const connection = await Connection.connect({ address: temporalAddress(), connectTimeout: "10s" });
  return { connection, client: new Client({ connection, namespace: "default" }) };
}

/** A task queue no other test uses, also on a server that outlives the run. */
export function uniqueQueue(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

/**
 * Run Temporal's own command line, for instance `temporalCli(["workflow", "terminate", "-w", id])`, on the server of this run.
 * Resolves to its stdout; rejects with its stderr in the message when it exits non-zero or needs longer than 30 s.
 */
export async function temporalCli(args: readonly string[]): Promise<string> {
  const target = ["--address", temporalAddress(), "--namespace", "default"];
  const { stdout } = await promisify(execFile)(fromEnvironment("PERDURE_TEMPORAL_BIN"), [...args, ...target], {
    timeout: 30_000,
  });
  return stdout;
}
