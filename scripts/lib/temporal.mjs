/** A Temporal dev server: starting one and knowing when it is ready. Where its program comes from is temporal-program.mjs. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { answersTcp, freePort, startDaemon, waitUntilReady } from "./daemon.mjs";
import { Stop } from "./run.mjs";

export const name = "temporal";

/** The server the user named in TEMPORAL_ADDRESS, or undefined; a Stop when it is named and does not answer. */
export async function namedAddress() {
  const address = process.env.TEMPORAL_ADDRESS;
  if (!address) return undefined;
  if (await answersTcp(address)) return address;
  throw new Stop(
    `TEMPORAL_ADDRESS is ${address}, but nothing answers there. Start that server, or unset TEMPORAL_ADDRESS to use one of our own.`,
  );
}

/**
 * Start a dev server that listens on this machine only and resolve, when it answers requests, to
 * { pid, marks, address, program }. With `persistent` its database is a file in `folder`, else it lives in memory.
 *
 * `started` is called as soon as the process exists, so that a caller can end it if this script is interrupted while waiting.
 */
export async function start(program, { folder, port, persistent, started = () => {} }) {
  mkdirSync(folder, { recursive: true });
  const chosen = await freePort(port);
  const address = `127.0.0.1:${chosen}`;
  const logFile = join(folder, "temporal.log");
  const args = ["server", "start-dev", "--ip", "127.0.0.1", "--port", String(chosen), "--log-level", "error"];
  if (persistent) args.push("--db-filename", join(folder, "temporal.db"));
  const uiPort = persistent ? process.env.PERDURE_TEMPORAL_UI_PORT : undefined;
  args.push(...(uiPort ? ["--ui-port", uiPort] : ["--headless"]));
  const daemon = startDaemon(program, args, { logFile, marks: ["start-dev", `--port ${chosen} `], env: plainEnv() });
  const record = { ...daemon, address, program };
  started(record);
  await waitUntilReady("the Temporal dev server", record, logFile, () => answers(program, address));
  return record;
}

/** Listing workflows needs the front end, the namespace and the visibility store: the last parts to come up. */
function answers(program, address) {
  const args = ["workflow", "list", "--limit", "1", "--address", address, "--namespace", "default"];
  return new Promise((resolve) => {
    execFile(program, args, { env: plainEnv(), timeout: 5_000 }, (error) => resolve(error === null));
  });
}

/** Our environment without settings meant for another Temporal server (address, namespace, TLS, profiles). */
function plainEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("TEMPORAL_")));
}
