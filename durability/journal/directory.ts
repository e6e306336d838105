/** Directory: every process of a journal, in memory or only stored, and the way of one from the journal into memory. */
import { guarded } from "../../actors/index.js";
import type { Failure } from "../../mailbox/index.js";
import { failure, type Pid } from "../../mailbox/index.js";
import { type Journal, JournalError } from "./journal.js";
import type { Passive } from "./passive.js";
import { type Programs, sourceMissing } from "./programs.js";
import type { Item } from "./queue.js";
import { revive } from "./revival.js";
import { Slot } from "./slot.js";
import type { LoadedProgram, SlotHost } from "./slot-host.js";

export type Place = Slot | Passive;

export interface DirectoryOptions {
  readonly host: SlotHost;
  readonly journal: Journal;
  readonly programs: Programs;
  /** A process cannot come back; it stays stored as it is. */
  readonly broken: (pid: Pid, error: Failure) => void;
}

/** Processes read from the journal at once. */
const readAtOnce = 256;
const firstRetryMs = 50;
const longestRetryMs = 2000;

export class Directory {
  private readonly options: DirectoryOptions;
  private readonly places = new Map<string, Place>();
  private asleep: Passive[] = [];
  private isReading = false;
  /** Wakes wait until then. */
  private isHeld = true;
  private isOver = false;
  private retryMs = firstRetryMs;
  private retry: { cancel(): void } | undefined;

  constructor(options: DirectoryOptions) {
    this.options = options;
  }

  get size(): number {
    return this.places.size;
  }

  get(id: string): Place | undefined {
    return this.places.get(id);
  }

  all(): IterableIterator<Place> {
    return this.places.values();
  }

  set(id: string, place: Place): void {
    this.places.set(id, place);
  }

  /** Only when it is still this one: the id may have a new owner. */
  remove(id: string, place: Place): void {
    if (this.places.get(id) === place) this.places.delete(id);
  }

  /** From now on processes may come into memory. */
  release(): void {
    this.isHeld = false;
    this.read();
  }

  /** Nobody comes back any more; returns what waited for that. */
  stop(): Item[] {
    this.isOver = true;
    this.retry?.cancel();
    const left: Item[] = [];
    for (const place of this.places.values()) {
      place.rest();
      left.push(...(place instanceof Slot ? place.door.drain() : place.waiting.splice(0)));
    }
    this.places.clear();
    return left;
  }

  push(place: Place, item: Item): void {
    if (place instanceof Slot) return place.push(item);
    place.waiting.push(item);
    this.wake(place);
  }

  wake(passive: Passive): void {
    if (passive.isWaking || this.places.get(passive.pid.id) !== passive) return;
    passive.isWaking = true;
    passive.rest();
    this.asleep.push(passive);
    this.read();
  }

  private read(): void {
    if (this.isHeld || this.isReading || this.isOver || this.asleep.length === 0) return;
    this.isReading = true;
    const some = this.asleep.splice(0, readAtOnce);
    void this.revive(some).finally(() => {
      this.isReading = false;
      this.read();
    });
  }

  private async revive(some: Passive[]): Promise<void> {
    try {
      const records = await this.options.journal.read(some.map((passive) => passive.pid.id));
      for (const texts of records) {
        const loaded = await this.load(some[0]!);
        if (this.isOver) return;
        const passive = some.shift()!;
        if ("program" in loaded) this.comeBack(passive, texts, { ...loaded, program: guarded(loaded.program) });
        else this.fail(passive, loaded);
      }
      this.retryMs = firstRetryMs;
    } catch (error) {
      if (error instanceof JournalError && error.kind === "UNAVAILABLE") await this.readLater(some);
      else for (const passive of some) this.fail(passive, unreadable(error));
    }
  }

  /** The journal is away. Whatever waits for these goes on waiting, in order: some of it is told by nobody again. */
  private readLater(some: readonly Passive[]): Promise<void> {
    this.asleep.unshift(...some);
    const retryMs = this.retryMs;
    this.retryMs = Math.min(retryMs * 2, longestRetryMs);
    return new Promise((resolve) => {
      this.retry = this.options.host.system.clock.timer(retryMs, resolve);
    });
  }

  /** Rejects when the journal is away. */
  private async load({ state: { entry, hash } }: Passive): Promise<LoadedProgram | Failure> {
    const { programs, journal } = this.options;
    const known = programs.pinned(entry, hash);
    if (known !== undefined) return known;
    const text = await journal.readSource(hash);
    const problem = text === undefined ? sourceMissing(entry, hash) : programs.learn(hash, text);
    return problem ?? programs.pinned(entry, hash) ?? sourceMissing(entry, hash);
  }

  private comeBack(passive: Passive, records: readonly string[], loaded: LoadedProgram): void {
    let slot: Slot;
    try {
      slot = revive(this.options.host, passive, records, loaded);
    } catch (error) {
      this.fail(passive, unreadable(error));
      return;
    }
    this.places.set(slot.pid.id, slot);
    for (const item of passive.waiting.splice(0)) slot.push(item);
    slot.wake();
  }

  /** It stays as it is stored, for another start of the node; who waited for it is told that it cannot be reached. */
  private fail(passive: Passive, error: Failure): void {
    passive.isWaking = false;
    if (this.isOver) return;
    this.options.broken(passive.pid, error);
    for (const item of passive.waiting.splice(0)) item.abandoned?.();
  }
}

function unreadable(error: unknown): Failure {
  const kind = error instanceof JournalError ? error.kind : "INTERNAL";
  return failure(kind, error instanceof Error ? error.message : String(error));
}
