/** A Temporal dev server of a test's own, for tests that need one nobody else writes to, or stop it. The shared one is in temporal.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Client, Connection } from "@temporalio/client";

export interface OwnTemporalServer {
  readonly address: string;
  readonly client: Client;
  /** SIGKILL; `start` begins it again at the same address, with what its database file has. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TemporalServerSettings {
  /** File of its database, which outlives it; without one everything is in memory. */
  readonly database?: string;
}

const readyWithinMs = 60_000;

/** Needs a run by scripts/test.mjs, which says where the program is. */
export async function startTemporalServer({ database }: TemporalServerSettings = {}): Promise<OwnTemporalServer> {
  const program = process.env.PERDURE_TEMPORAL_BIN;
  if (!program) {
    throw new Error(
      process.env.PERDURE_TEMPORAL_MISSING ??
        "PERDURE_TEMPORAL_BIN is not set: run this test with `npm test -- <file>`, and have a `temporal` program installed.",
    );
  }
  const port = await freePort();
  const place = ["--ip", "127.0.0.1", "--port", String(port), ...(database ? ["--db-filename", database] : [])];
  const args = ["server", "start-dev", ...place, "--headless", "--log-level", "error"];
  const address = `127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  let connection: Connection | undefined;
  // A test run that is interrupted must not leave the server behind.
  const killNow = (): void => void server?.kill("SIGKILL");
  process.once("exit", killNow);

  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    server = spawn(program, args, { stdio: "ignore" });
    await connection?.close();
    connection = await connectWhenReady(address, server);
  };
  await start();
  return {
    address,
    get client() {
      if (connection === undefined) throw new Error("the server has not started");
      return new Client({ connection, namespace: "default" });
    },
    kill,
    start,
    async stop() {
      await connection?.close();
      process.off("exit", killNow);
      await kill();
    },
  };
}

async function connectWhenReady(address: string, server: ChildProcess): Promise<Connection> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    let connection: Connection | undefined;
    try {
      connection = await Connection.connect({ address, connectTimeout: "2s" });
      // Listing needs the front end, the namespace and the visibility store: the last parts to come up.
      await connection.workflowService.listWorkflowExecutions({ namespace: "default", pageSize: 1 });
      return connection;
    } catch (error) {
      await connection?.close();
      if (server.exitCode !== null) throw new Error(`the Temporal server ended with code ${server.exitCode}`);
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
