/** Running one long child process with signs of life, and saying why a script stopped. Knows nothing of what it runs. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** An expected way for a script to end: its message is for the user, without a stack. */
export class Stop extends Error {}

/** Print one line of progress; on stderr, so that stdout keeps only results. */
export function say(line) {
  process.stderr.write(`perdure: ${line}\n`);
}

/** Run a script's main function; a Stop prints its message, anything else its stack. Both exit with 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    process.stderr.write(error instanceof Stop ? `perdure: ${error.message}\n` : `${error.stack}\n`);
    process.exitCode = 1;
  }
}

/**
 * Run `command` to its end with its output held back, and print a line every `everyMs` while it runs.
 *
 * Resolves to the output. Rejects with a Stop that carries the last `lastLines` lines when the command cannot start, exits non-zero
 * or runs longer than `limitMs`.
 */
export function runQuietly(what, command, args, { everyMs = 10_000, lastLines = 40, limitMs, ...options } = {}) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say(`${what} ...`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const ticker = setInterval(() => say(`${what}: ${seconds()} so far`), everyMs);
    const limit = limitMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), limitMs);
    const settle = (failure) => {
      clearInterval(ticker);
      clearTimeout(limit);
      if (failure === undefined) {
        say(`${what}: done in ${seconds()}`);
        resolve(output);
      } else {
        reject(new Stop(`${what}: failed after ${seconds()} (${failure})\n${tail(output, lastLines)}`));
      }
    };
    child.once("error", (error) => settle(error.message));
    child.once("close", (code, signal) =>
      settle(code === 0 ? undefined : signal ? `ended by ${signal}` : `exit code ${code}`),
    );
  });
}

/** The last `count` lines of a text, without a closing line break. */
export function tail(text, count) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/**
 * Run `command` to its end on this terminal, with each line of its standard output given to `onLine`; resolves to its exit code
 * (128 + n for signal n, as a shell reports it).
 */
export function runAttached(command, args, onLine, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["inherit", "pipe", "inherit"] });
    createInterface({ input: child.stdout }).on("line", onLine);
    const stopForwarding = forwardSignals(child);
    child.once("error", (error) => {
      stopForwarding();
      reject(new Stop(`${command} cannot be started: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      stopForwarding();
      resolve(code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 137));
    });
  });
}

/** Hand SIGINT and SIGTERM on to `child`, so that this script outlives it and can clean up. Returns the undo. */
function forwardSignals(child) {
  const forward = (signal) => child.kill(signal);
  process.on("SIGINT", forward);
  process.on("SIGTERM", forward);
  return () => {
    process.off("SIGINT", forward);
    process.off("SIGTERM", forward);
  };
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
