/** A Temporal dev server of a test's own, for tests that need one nobody else writes to. The shared one is in temporal.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Client, Connection } from "@temporalio/client";

export interface OwnTemporalServer {
  readonly address: string;
  readonly client: Client;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;

/** Needs a run by scripts/test.mjs, which says where the program is. Keeps everything in memory. */
export async function startTemporalServer(): Promise<OwnTemporalServer> {
  const program = process.env.PERDURE_TEMPORAL_BIN;
  if (!program) {
    throw new Error(
      process.env.PERDURE_TEMPORAL_MISSING ??
        "PERDURE_TEMPORAL_BIN is not set: run this test with `npm test -- <file>`, and have a `temporal` program installed.",
    );
  }
  const port = await freePort();
  const args = [
    "server",
    "start-dev",
    "--ip",
    "127.0.0.1",
    "--port",
    String(port),
    "--headless",
    "--log-level",
    "error",
  ];
  const server = spawn(program, args, { stdio: "ignore" });
  // A test run that is interrupted must not leave the server behind.
  const kill = (): boolean => server.kill("SIGKILL");
  process.once("exit", kill);
  const address = `127.0.0.1:${port}`;
  const connection = await connectWhenReady(address, server);
  return {
    address,
    client: new Client({ connection, namespace: "default" }),
    async stop() {
      await connection.close();
      process.off("exit", kill);
      if (server.exitCode !== null) return;
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
    },
  };
}

async function connectWhenReady(address: string, server: ChildProcess): Promise<Connection> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: "2s" });
      // Listing needs the front end, the namespace and the visibility store: the last parts to come up.
      await connection.workflowService.listWorkflowExecutions({ namespace: "default", pageSize: 1 });
      return connection;
    } catch (error) {
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
