/** The journal of one host on a Redis server: claiming, reading and closing. The commits of a claim are in line.ts. */
import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import {
  type Commit,
  type CommitResult,
  type Journal,
  JournalError,
  type JournalEvents,
  type JournalImage,
} from "../journal.js";
import { type Link, openLink } from "./connection.js";
import { HealthReport } from "./health.js";
import { readMeta, readRecords, readSources, readStates } from "./image.js";
import type { Keys } from "./keys.js";
import { CommitLine } from "./line.js";
import { Refusal, refusalOf } from "./refusal.js";
import { scripts } from "./scripts.js";
import { sameServer } from "./server.js";
import type { Target } from "./target.js";
import { Backoff, pause } from "./waiting.js";

export class RedisJournal implements Journal {
  readonly driver = "redis";
  readonly #name: string;
  readonly #target: Target;
  readonly #keys: Keys;
  readonly #events: JournalEvents;
  readonly #health: HealthReport;
  readonly #closing = new AbortController();
  #line: CommitLine | undefined;
  #claiming: Promise<JournalImage> | undefined;
  /** Big reads go over a connection of their own, so that commits do not wait for them. */
  #reader: Promise<Link> | undefined;
  #closed: Promise<void> | undefined;
  /** The highest that this journal has seen. */
  #epoch = 0;

  constructor(name: string, target: Target, keys: Keys, events: JournalEvents) {
    this.#name = name;
    this.#target = target;
    this.#keys = keys;
    this.#events = events;
    this.#health = new HealthReport(events);
    // Every read that waits for the server listens for the end.
    setMaxListeners(0, this.#closing.signal);
  }

  claim(): Promise<JournalImage> {
    this.#claiming ??= this.#claim().finally(() => {
      this.#claiming = undefined;
    });
    return this.#claiming;
  }

  commit(commit: Commit): Promise<CommitResult> {
    if (this.#closed !== undefined) return Promise.resolve(closedResult);
    return this.#line?.commit(commit) ?? Promise.resolve(unclaimedResult);
  }

  read(ids: readonly string[]): Promise<readonly (readonly string[])[]> {
    return this.#read((link) => readRecords(link, this.#keys, ids));
  }

  readSource(hash: string): Promise<string | undefined> {
    return this.#read(async (link) => {
      const text = await link.send(["hget", [this.#keys.sources, hash]]);
      return typeof text === "string" ? text : undefined;
    });
  }

  close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    await this.#line?.close(graceMs, closedResult.detail);
    this.#closing.abort();
    // A reader that could not be opened has nothing to end, and its reader was told.
    await this.#reader?.then((link) => link.end()).catch(() => undefined);
  }

  async #claim(): Promise<JournalImage> {
    this.#line?.end("closed", "the journal was claimed again");
    return this.#persevere(
      () => this.#claimOnce(),
      (refusal) => {
        if (refusal.state !== "script_missing") this.#health.refused(refusal);
      },
    );
  }

  async #claimOnce(): Promise<JournalImage> {
    const link = await openLink(this.#target, this.#closing.signal);
    try {
      const token = randomUUID();
      const args = [scripts.claim.sha, "1", this.#keys.meta, token, String(this.#epoch)];
      const [epoch = "", head = "", broken = ""] = (await link.send(["evalsha", args])) as string[];
      this.#epoch = Number(epoch);
      if (broken) throw this.#brokenError(broken);
      const image = await this.#readImage(link, token, Number(head));
      this.#throwIfClosed();
      const claim = { epoch: this.#epoch, token, head: image.head, server: link.server, keys: this.#keys };
      this.#line = new CommitLine(claim, link, {
        target: this.#target,
        health: this.#health,
        lost: (why, detail) => this.#events.lost(why, detail),
      });
      return image;
    } catch (error) {
      link.end();
      throw error;
    }
  }

  /** States are read in pieces: if another claim came meanwhile they may not belong together. */
  async #readImage(link: Link, token: string, head: number): Promise<JournalImage> {
    const reader = await this.#openReader();
    if (!sameServer(reader.server, link.server)) {
      reader.end();
      throw new Refusal("disconnected", "the server was restarted or replaced during the claim");
    }
    const states = await readStates(reader, this.#keys);
    const sources = await readSources(reader, this.#keys);
    const meta = await readMeta(link, this.#keys);
    if (meta.epoch !== String(this.#epoch) || meta.owner !== token) {
      throw new JournalError(
        "CONFLICT",
        `${this.#where()}: another owner claimed it (epoch ${meta.epoch || "none"}) while we did (epoch ${this.#epoch})`,
      );
    }
    return { epoch: this.#epoch, head, states, sources };
  }

  /** Waits for the server like a commit does, but not past the end of the claim that it began under. */
  #read<T>(ask: (link: Link) => Promise<T>): Promise<T> {
    const line = this.#line;
    const throwIfVoid = (): void => {
      if (line?.ending !== undefined) throw this.#unavailable(line.ending.detail);
    };
    return this.#persevere(async () => {
      throwIfVoid();
      const link = await this.#openReader();
      if (line !== undefined && !sameServer(link.server, line.claim.server)) {
        line.end("rolled_back", `${this.#target.address} was restarted or replaced since the claim`);
      }
      const answer = await ask(link);
      throwIfVoid();
      return answer;
    }, throwIfVoid);
  }

  #openReader(): Promise<Link> {
    if (this.#reader !== undefined) return this.#reader;
    const opening = openLink(this.#target, this.#closing.signal);
    const forget = (): void => {
      if (this.#reader === opening) this.#reader = undefined;
    };
    opening.then((link) => void link.ended.then(forget), forget);
    this.#reader = opening;
    return opening;
  }

  /** Try until it works, the refusal is final, or the server has been away or unwilling for longer than `claimTimeoutMs`. */
  async #persevere<T>(attempt: () => Promise<T>, onRefusal: (refusal: Refusal) => void): Promise<T> {
    const backoff = new Backoff();
    let since = performance.now();
    for (;;) {
      this.#throwIfClosed();
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof JournalError) throw error;
        this.#throwIfClosed();
        const refusal = refusalOf(error);
        onRefusal(refusal);
        if (refusal.final) throw new JournalError("INVALID", `${this.#where()}: ${refusal.detail}`);
        if (refusal.state === "loading") since = performance.now();
        const delayMs = backoff.next();
        if (performance.now() - since + delayMs > this.#target.claimTimeoutMs) throw this.#unavailable(refusal.detail);
        await pause(delayMs, this.#closing.signal);
      }
    }
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw this.#unavailable(closedResult.detail);
  }

  #unavailable(detail: string): JournalError {
    return new JournalError("UNAVAILABLE", `${this.#where()}: ${detail}`);
  }

  #brokenError(broken: string): JournalError {
    return new JournalError(
      "INTERNAL",
      `${this.#where()} was damaged by a write of someone else (${broken}); restore a copy of it, or remove the field "broken" of ${this.#keys.meta} to use what is there`,
    );
  }

  #where(): string {
    return `journal ${JSON.stringify(this.#name)} at ${this.#target.address}`;
  }
}

const closedResult = { kind: "superseded", why: "closed", detail: "the journal was closed" } as const;
const unclaimedResult = { kind: "superseded", why: "fenced", detail: "the journal is not claimed" } as const;
