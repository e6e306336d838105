/** The journal on an LMDB file: group commit, retries, health, and the end. What a transaction writes is in store.ts. */
import {
  type Commit,
  type CommitResult,
  type Journal,
  JournalError,
  type JournalEvents,
  type JournalImage,
} from "../journal.js";
import { fileError, isFull, prepareFile } from "./file.js";
import { type Claim, type Pending, takeGroup } from "./group.js";
import { type FileLock, lockFile } from "./lock.js";
import type { Lmdb, StoreOptions } from "./root.js";
import type { LmdbStats } from "./stats.js";
import { LmdbStore, type Written } from "./store.js";

const firstRetryMs = 50;
const lastRetryMs = 2_000;
/** A disk that needs longer for one transaction is reported. */
const stalledMs = 5_000;
const closedAnswer: CommitResult = { kind: "superseded", why: "closed", detail: "the journal was closed" };

export class LmdbJournal implements Journal {
  readonly driver = "lmdb";
  private lock: FileLock | undefined;
  private store: LmdbStore | undefined;
  private claimed: Claim | undefined;
  private waiting: Pending[] = [];
  private groupDue = false;
  private closed = false;
  private abandoned = false;
  private ending: Promise<void> | undefined;
  private wakeUp: (() => void) | undefined;
  private health = "up";
  /** Claims, groups and the end, one after the other; never rejects. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly lmdb: Lmdb,
    private readonly options: StoreOptions,
    private readonly events: JournalEvents,
  ) {}

  claim(): Promise<JournalImage> {
    return this.inTurn(async () => {
      this.assertOpen();
      try {
        this.store ??= await this.openStore();
        const image = await this.store.claim(this.claimed?.epoch ?? 0);
        this.claimed = { epoch: image.epoch, superseded: undefined };
        this.report("up", "up");
        return image;
      } catch (error) {
        throw fileError(this.options.path, error);
      }
    });
  }

  commit(commit: Commit): Promise<CommitResult> {
    const claim = this.claimed;
    if (this.closed) return Promise.resolve(closedAnswer);
    if (claim === undefined) return Promise.resolve({ ...closedAnswer, detail: "the journal was not claimed" });
    if (claim.superseded !== undefined) return Promise.resolve({ kind: "superseded", ...claim.superseded });
    return new Promise((answer) => {
      this.waiting.push({ claim, commit, answer });
      if (this.groupDue) return;
      this.groupDue = true;
      void this.inTurn(() => this.writeGroups());
    });
  }

  async read(ids: readonly string[]): Promise<readonly (readonly string[])[]> {
    return this.reading((store) => store.read(ids));
  }

  async readSource(hash: string): Promise<string | undefined> {
    return this.reading((store) => store.readSource(hash));
  }

  /** Size of the file and what is in it. Rejects with a JournalError. */
  async stats(): Promise<LmdbStats> {
    return this.reading((store) => store.stats());
  }

  close(graceMs: number): Promise<void> {
    this.closed = true;
    this.ending ??= this.inTurn(() => this.end());
    return new Promise((resolve) => {
      const grace = setTimeout(() => {
        this.abandon();
        resolve();
      }, graceMs);
      void this.ending?.then(() => {
        clearTimeout(grace);
        resolve();
      });
    });
  }

  private async openStore(): Promise<LmdbStore> {
    const { path } = this.options;
    await prepareFile(path);
    this.lock ??= await lockFile(path);
    try {
      return await LmdbStore.open(this.lmdb, this.options);
    } catch (error) {
      await this.lock.release();
      this.lock = undefined;
      throw error;
    }
  }

  private async writeGroups(): Promise<void> {
    this.groupDue = false;
    while (this.waiting.length > 0) await this.writeGroup();
  }

  /** Write one group, again and again until the file answers or the journal is abandoned. */
  private async writeGroup(): Promise<void> {
    const claim = this.claimed;
    if (claim === undefined) return;
    let group: readonly Pending[] | undefined;
    let mayBeWritten = false;
    const take = () => {
      group ??= this.take(claim);
      return group.map(({ commit }) => commit);
    };
    for (let delayMs = firstRetryMs; ; delayMs = Math.min(2 * delayMs, lastRetryMs)) {
      const written = await this.tryWrite(claim, take, mayBeWritten);
      if (written !== "full" && written !== "failed") return this.settle(claim, group ?? [], written);
      if (written === "failed") mayBeWritten = true;
      if (!this.abandoned) await this.pause(delayMs);
      if (!this.abandoned) continue;
      for (const { answer } of group ?? []) answer(closedAnswer);
      return;
    }
  }

  /** `full`: nothing was written. `failed`: LMDB is closed, and the transaction may have reached the file all the same. */
  private async tryWrite(
    claim: Claim,
    take: () => readonly Commit[],
    mayBeWritten: boolean,
  ): Promise<Written | "full" | "failed"> {
    const { path } = this.options;
    try {
      const store = await this.usableStore();
      const written = await this.watched(store.write(claim.epoch, take, mayBeWritten));
      this.report("up", "up");
      return written;
    } catch (error) {
      const full = await isFull(path, error);
      const { message } = fileError(path, error);
      this.report("down", full ? `disk_full: no room to write, ${message}` : `io_error: ${message}`);
      // LMDB goes no further after some errors; only opening the file again gets it out of that.
      if (!full) await this.store?.close();
      return full ? "full" : "failed";
    }
  }

  /** Opened again after an error that closed it. */
  private async usableStore(): Promise<LmdbStore> {
    if (this.store !== undefined && !this.store.isClosed) return this.store;
    const store = await LmdbStore.open(this.lmdb, this.options);
    store.load();
    this.store = store;
    return store;
  }

  private take(claim: Claim): readonly Pending[] {
    const { group, stale, rest } = takeGroup(this.waiting, claim);
    this.waiting = rest;
    for (const { answer, claim } of stale) {
      answer({ kind: "superseded", ...(claim.superseded ?? { why: "fenced", detail: "claimed again" }) });
    }
    return group;
  }

  private settle(claim: Claim, group: readonly Pending[], { count, refused }: Written): void {
    for (const [index, { answer }] of group.entries()) {
      answer(index < count || refused === undefined ? { kind: "committed" } : { kind: "superseded", ...refused });
    }
    if (refused === undefined || claim.superseded !== undefined) return;
    claim.superseded = refused;
    this.events.lost(refused.why, refused.detail);
  }

  private async end(): Promise<void> {
    await this.store?.close();
    await this.lock?.release();
  }

  /** The grace is over: what is not being written now never will be. */
  private abandon(): void {
    this.abandoned = true;
    for (const { answer } of this.waiting.splice(0)) answer(closedAnswer);
    this.wakeUp?.();
  }

  private async reading<T>(read: (store: LmdbStore) => T | Promise<T>): Promise<T> {
    try {
      this.assertOpen();
      if (this.store === undefined) throw new JournalError("UNAVAILABLE", "the journal was not claimed");
      return await read(this.store);
    } catch (error) {
      throw fileError(this.options.path, error);
    }
  }

  private assertOpen(): void {
    if (this.closed) throw new JournalError("UNAVAILABLE", `journal file ${this.options.path}: the journal was closed`);
  }

  private inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.turn.then(run);
    this.turn = done.then(
      () => undefined,
      // Whoever asked for it has the error.
      () => undefined,
    );
    return done;
  }

  private async watched<T>(writing: Promise<T>): Promise<T> {
    const detail = `stalled: ${this.options.path} has not been written for ${stalledMs / 1000} s`;
    const stalled = setTimeout(() => this.report("degraded", detail), stalledMs).unref();
    try {
      return await writing;
    } finally {
      clearTimeout(stalled);
    }
  }

  private async pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
  }

  private report(state: "up" | "degraded" | "down", detail: string): void {
    if (this.health === detail) return;
    this.health = detail;
    this.events.health({ state, detail });
  }
}
