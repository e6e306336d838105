/** Member: one worker thread, held by the main thread: its batches in order, and what of them it has not taken over yet. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { mainThread } from "./crew.js";
import { Peer } from "./peer.js";
import { type Batch, Post } from "./post.js";
import { type Row, rowKind } from "./rows.js";
import type { ThreadMessage, ThreadStart, WorkersOptions } from "./start.js";

export interface Away extends Batch {
  /** The thread that wrote it. */
  readonly origin: number;
}

export interface MemberOwner {
  /** Something waits to be flushed: soon, or at once. */
  stir(isFull: boolean): void;
  received(member: Member, message: ThreadMessage): void;
  /** It has taken these over. */
  taken(member: Member, batches: readonly Away[]): void;
  /** It has ended, whatever the reason; called once. */
  exited(member: Member, detail: string): void;
}

/** Beside this file once compiled; the second is where a source tree has it. */
const places = ["./thread.js", "../../../dist/durability/memory/workers/thread.js"];

export function threadFile(): string {
  const found = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (found === undefined) throw new Error("the code of worker threads has not been built: run `npm run build`");
  return found;
}

export class Member extends Peer {
  /** It is to end. */
  isLeaving = false;
  /** Events that it has been told somebody listens to. */
  wants = "";
  private readonly worker: Worker;
  private readonly owner: MemberOwner;
  private readonly batches: Away[] = [];
  private readonly away: Away[] = [];
  private notices: Row[] = [];
  private trouble: string | undefined;
  private readonly gone: Promise<void>;

  constructor(start: ThreadStart, { resourceLimits }: WorkersOptions, owner: MemberOwner) {
    super(start.thread, new Post((isFull) => owner.stir(isFull)));
    this.owner = owner;
    this.worker = new Worker(threadFile(), {
      workerData: start,
      name: `${start.host} ${start.thread}`,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.worker.on("message", (message: ThreadMessage) => owner.received(this, message));
    this.worker.on("error", (error: unknown) => {
      this.trouble ??= error instanceof Error ? error.message : String(error);
    });
    this.gone = new Promise((resolve) => {
      this.worker.once("exit", (code) => {
        owner.exited(this, this.trouble ?? `it exited with code ${code}`);
        resolve();
      });
    });
  }

  /** What it is to know before it reads any other row of its next message. The caller sees to it that there is one. */
  notice(row: Row): void {
    this.notices.push(row);
  }

  /** Pass on what another thread has written. */
  relay(origin: number, rows: number, text: string): void {
    this.close();
    this.batches.push({ origin, rows, text });
  }

  flush(): void {
    this.close();
    const { notices, batches } = this;
    if (notices.length === 0 && batches.length === 0) return;
    this.notices = [];
    const first = { origin: mainThread, rows: 0, text: JSON.stringify(notices) };
    const all = notices.length === 0 ? batches.splice(0) : [first, ...batches.splice(0)];
    this.away.push(...all);
    this.worker.postMessage(all.map(({ text }) => text));
  }

  took(count: number): void {
    this.owner.taken(this, this.away.splice(0, count));
  }

  /** Batches that it was sent or was to be sent, and did not take over. */
  left(): readonly Away[] {
    this.close();
    return [...this.away.splice(0), ...this.batches.splice(0)];
  }

  /** Let its processes end, and end it. Resolves when it has. */
  async finish(graceMs: number): Promise<void> {
    this.isLeaving = true;
    this.post.push([rowKind.close, graceMs]);
    await this.gone;
  }

  end(): void {
    this.isLeaving = true;
    void this.worker.terminate();
  }

  private close(): void {
    const batch = this.post.take();
    if (batch !== undefined) this.batches.push({ origin: mainThread, ...batch });
  }
}
