/** One instance of the fake journal driver, and what its disk holds. Tests begin with FakeDisk in fake-journal.ts. */
import {
  type Commit,
  type CommitResult,
  type Journal,
  JournalError,
  type JournalEvents,
  type JournalImage,
  type Superseded,
} from "../../durability/journal/journal.js";
import type { FakeDisk } from "./fake-journal.js";

export interface StoredProcess {
  readonly records: string[];
  state: string;
}

/** Everything durable; `copy` and `restore` treat it as a value. */
export interface Content {
  epoch: number;
  /** Which claim of which instance: after a rollback another claim may have the same epoch. */
  owner: object | undefined;
  head: number;
  readonly processes: Map<string, StoredProcess>;
  readonly sources: Map<string, string>;
}

export interface Pending {
  readonly claim: Claim;
  readonly commit: Commit;
  readonly answer: (result: CommitResult) => void;
}

/** One claim of one instance; `superseded` once it is void. */
export interface Claim {
  readonly journal: FakeJournal;
  readonly epoch: number;
  superseded: { readonly why: Superseded; readonly detail: string } | undefined;
}

export class FakeJournal implements Journal {
  readonly driver = "fake";
  /** @internal */
  dead = false;
  private current: Claim | undefined;
  private closed = false;
  private health = "up";

  constructor(
    private readonly disk: FakeDisk,
    private readonly events: JournalEvents,
  ) {}

  claim(): Promise<JournalImage> {
    return this.run(() => {
      const claimed = this.disk.claim(this, this.current?.epoch ?? 0);
      if (claimed === undefined) return undefined;
      if (this.current !== undefined) this.current.superseded ??= { why: "fenced", detail: "claimed again" };
      this.current = claimed.claim;
      return { value: claimed.image };
    });
  }

  commit(commit: Commit): Promise<CommitResult> {
    return new Promise((answer) => {
      if (this.dead) return;
      const claim = this.current;
      if (claim === undefined || this.closed) {
        const detail = this.closed ? "the journal was closed" : "the journal was not claimed";
        answer({ kind: "superseded", why: "closed", detail });
      } else if (claim.superseded !== undefined) answer({ kind: "superseded", ...claim.superseded });
      else this.disk.accept({ claim, commit, answer });
    });
  }

  read(ids: readonly string[]): Promise<readonly (readonly string[])[]> {
    return this.run(() => {
      const value = this.disk.read(ids);
      return value === undefined ? undefined : { value };
    });
  }

  readSource(hash: string): Promise<string | undefined> {
    return this.run(() => ({ value: this.disk.readSource(hash) }));
  }

  /** With a grace, what is under way is synced now; what an outage holds back is given up. */
  async close(graceMs: number): Promise<void> {
    if (this.dead || this.closed) return;
    this.closed = true;
    if (graceMs > 0) this.disk.sync();
    if (!this.dead) this.disk.release(this);
  }

  /** @internal */
  report(state: "up" | "down", detail: string): void {
    if (this.dead || this.health === state + detail) return;
    this.health = state + detail;
    this.events.health({ state, detail });
  }

  /** @internal The claim is void; heard once. */
  lose(why: Superseded, detail: string, claim = this.current): void {
    if (this.dead || claim === undefined || claim.superseded !== undefined) return;
    claim.superseded = { why, detail };
    if (claim === this.current) this.events.lost(why, detail);
  }

  /** Answers later, and never once the node is dead; undefined: it died in this call. */
  private run<T>(call: () => { readonly value: T } | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.dead) return;
      if (this.closed) return reject(new JournalError("UNAVAILABLE", "the journal was closed"));
      try {
        const answer = call();
        if (answer !== undefined && !this.dead) resolve(answer.value);
      } catch (error) {
        reject(error);
      }
    });
  }
}

export function apply(content: Content, commit: Commit): void {
  content.head = commit.number;
  for (const { id, reset, records, state } of commit.writes) {
    if (state === undefined) {
      content.processes.delete(id);
      continue;
    }
    const stored = content.processes.get(id);
    if (stored === undefined || reset) content.processes.set(id, { records: [...records], state });
    else {
      for (const record of records) stored.records.push(record);
      stored.state = state;
    }
  }
  for (const [hash, text] of commit.sources) content.sources.set(hash, text);
  for (const hash of commit.dropSources) content.sources.delete(hash);
}

export function clone(content: Content): Content {
  const processes = new Map<string, StoredProcess>();
  for (const [id, { records, state }] of content.processes) processes.set(id, { records: [...records], state });
  return { ...content, processes, sources: new Map(content.sources) };
}
