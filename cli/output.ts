/** What the command prints and the codes it ends with. */
import { writeSync } from "node:fs";

/** 1: what was asked for failed. 2: the command line or the configuration is wrong, so nothing was tried. */
export const exitCode = { ok: 0, failed: 1, usage: 2 } as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Synchronous, so that nothing is lost when the process ends right after. */
export function write(stream: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(stream, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A full pipe is tried again; a reader that has gone away wants no more.
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

export const print = (line: string): void => write(1, `${line}\n`);
export const complain = (line: string): void => write(2, `${line}\n`);
