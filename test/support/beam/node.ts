/** One Erlang node that answers requests: a module beside this file, compiled as the node starts, on a port of length-prefixed terms. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { erlangProgram } from "../erlang.js";
import { decodeTerm, encodeTerm, type Term } from "./terms.js";

export interface ErlangNode {
  /** Ask for many at once: they are answered in order. Rejects when the node has ended. */
  request(term: Term): Promise<Term>;
  close(): Promise<void>;
}

/** `module` is a file beside this one with a function main/0 that serves `{packet, 4}` on file descriptors 0 and 1. */
export function startErlang(module: string): ErlangNode {
  const source = fileURLToPath(new URL(`${module}.erl`, import.meta.url));
  const load = `case compile:file(${JSON.stringify(source)}, [binary, return]) of {ok, M, B, []} -> code:load_binary(M, "", B), M:main(); Bad -> io:format(standard_error, "~p~n", [Bad]), halt(1) end.`;
  // No input for the shell: it would compete for the descriptor.
  const node = spawn(erlangProgram(), ["-noinput", "-kernel", "logger_level", "none", "-eval", load], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  return new Connection(node);
}

interface Waiting {
  readonly resolve: (term: Term) => void;
  readonly reject: (error: Error) => void;
}

class Connection implements ErlangNode {
  private readonly waiting: Waiting[] = [];
  private readonly ended: Promise<unknown>;
  private received: Buffer = Buffer.alloc(0);
  private complaints = "";
  private hasEnded = false;

  constructor(private readonly node: ChildProcessByStdio<Writable, Readable, Readable>) {
    node.stdout.on("data", (chunk: Buffer) => this.take(chunk));
    node.stderr.on("data", (chunk: Buffer) => {
      this.complaints += chunk.toString();
    });
    node.stdin.on("error", () => {});
    this.ended = once(node, "close").then(([code]) => {
      this.hasEnded = true;
      const error = new Error(`erl ended with code ${code}: ${this.complaints}`);
      for (const { reject } of this.waiting.splice(0)) reject(error);
    });
  }

  request(term: Term): Promise<Term> {
    if (this.hasEnded) return Promise.reject(new Error(`erl has ended: ${this.complaints}`));
    const body = encodeTerm(term);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    this.node.stdin.write(Buffer.concat([length, body]));
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.node.stdin.end();
    await this.ended;
  }

  private take(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    let at = 0;
    while (this.received.length - at >= 4) {
      const end = at + 4 + this.received.readUInt32BE(at);
      if (this.received.length < end) break;
      this.waiting.shift()?.resolve(decodeTerm(this.received.subarray(at + 4, end)));
      at = end;
    }
    this.received = this.received.subarray(at);
  }
}
