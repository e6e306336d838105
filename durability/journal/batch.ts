/** Batches: what many processes have to write goes out in one commit, and what may only happen after it waits for it. */
import type { Commit, Journal, ProcessWrite } from "./journal.js";

/** Something that has to be written; asked for its text when the batch is closed, so that later changes go along. */
export interface Writer {
  /** Undefined: there is nothing to write after all. */
  write(): ProcessWrite | undefined;
}

interface Open {
  readonly writers: Set<Writer>;
  readonly sources: Map<string, string>;
  readonly dropSources: string[];
  readonly after: (() => void)[];
}

export interface BatchHooks {
  /** Asks to be called back (`flush`) once the work that is going on now is done. */
  soon(): void;
  /** The claim is void: nothing more will be written. */
  superseded(): void;
  /** An effect threw, which is a bug of ours; the others happen all the same. */
  fault(thrown: unknown): void;
}

const emptyBatch = (): Open => ({ writers: new Set(), sources: new Map(), dropSources: [], after: [] });

function isEmpty({ writers, sources, dropSources, after }: Open): boolean {
  return writers.size === 0 && sources.size === 0 && dropSources.length === 0 && after.length === 0;
}

/** Commits on their way at once: while one is written the next is gathered, and the one after that may be encoded. */
const maxUnderWay = 2;

/**
 * One per claim. Commits are written in order; an effect registered by `after` happens when everything that was noted before it is
 * durable, in order of registration, and never when the claim turns out to be void.
 */
export class Batches {
  private readonly journal: Journal;
  private readonly hooks: BatchHooks;
  private open = emptyBatch();
  private asked = false;
  private underWay = 0;
  /** Of the last commit that was begun. */
  private number: number;
  private durable: number;
  private over = false;
  private onQuiet: (() => void)[] = [];

  constructor(journal: Journal, head: number, hooks: BatchHooks) {
    this.journal = journal;
    this.number = head;
    this.durable = head;
    this.hooks = hooks;
  }

  /** True when nothing waits to be written. */
  get quiet(): boolean {
    return this.underWay === 0 && isEmpty(this.open);
  }

  /** The commit that what is written now goes into. */
  get coming(): number {
    return this.number + 1;
  }

  /** True when that commit, and with it everything before it, is durable. */
  isDurable(commit: number): boolean {
    return commit <= this.durable;
  }

  note(writer: Writer): void {
    this.open.writers.add(writer);
    this.ask();
  }

  source(hash: string, text: string): void {
    this.open.sources.set(hash, text);
    this.ask();
  }

  dropSource(hash: string): void {
    this.open.dropSources.push(hash);
    this.ask();
  }

  after(effect: () => void): void {
    this.open.after.push(effect);
    this.ask();
  }

  /** Resolves once nothing waits to be written; at once when the claim is void. */
  settled(): Promise<void> {
    if (this.over || this.quiet) return Promise.resolve();
    return new Promise((resolve) => this.onQuiet.push(resolve));
  }

  /** Forget everything; nothing of it happens. */
  abandon(): void {
    this.over = true;
    this.open = emptyBatch();
    this.resolveQuiet();
  }

  flush(): void {
    this.asked = false;
    if (this.over || this.underWay >= maxUnderWay) return;
    const batch = this.open;
    this.open = emptyBatch();
    // By id: what is left of an ended process may have been noted twice, and says the same both times.
    const byId = new Map<string, ProcessWrite>();
    for (const writer of batch.writers) {
      const write = writer.write();
      if (write !== undefined) byId.set(write.id, write);
    }
    const writes = [...byId.values()];
    const { sources, dropSources, after } = batch;
    const hasChanges = writes.length > 0 || sources.size > 0 || dropSources.length > 0;
    if (!hasChanges && this.underWay === 0) return this.happen(after);
    if (!hasChanges && after.length === 0) return;
    // Without changes of its own, but what it waits for is still on its way: an empty commit keeps the order.
    this.commit({ number: this.number + 1, writes, sources: [...sources], dropSources }, after);
  }

  private commit(commit: Commit, after: readonly (() => void)[]): void {
    this.number = commit.number;
    this.underWay++;
    void this.journal.commit(commit).then((result) => {
      this.underWay--;
      if (this.over) return;
      if (result.kind === "committed") {
        this.durable = commit.number;
        this.happen(after);
      } else {
        this.abandon();
        this.hooks.superseded();
        return;
      }
      if (!isEmpty(this.open)) this.flush();
      this.resolveQuiet();
    });
  }

  private happen(effects: readonly (() => void)[]): void {
    for (const effect of effects) {
      if (this.over) return;
      try {
        effect();
      } catch (thrown) {
        this.hooks.fault(thrown);
      }
    }
    if (this.quiet) this.resolveQuiet();
  }

  private ask(): void {
    if (this.asked || this.over) return;
    this.asked = true;
    this.hooks.soon();
  }

  private resolveQuiet(): void {
    if (!this.over && !this.quiet) return;
    for (const resolve of this.onQuiet.splice(0)) resolve();
  }
}
