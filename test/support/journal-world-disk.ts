/** The disk of a journal world: it knows whom it has ever held, and goes wrong at random. */
import type { Commit } from "../../durability/journal/index.js";
import type { Pending } from "./fake-driver.js";
import { type FakeCopy, FakeDisk, type FakeDiskOptions, type FakePoint } from "./fake-journal.js";
import type { Random } from "./random.js";

const points: readonly FakePoint[] = [
  "during claim",
  "before commit",
  "after commit before acknowledge",
  "during read",
];

export class WorldDisk extends FakeDisk {
  /** Ids of processes that were stored once, if only their end. */
  readonly born = new Set<string>();
  /** What was done, for reading a failure. */
  readonly events: string[] = [];
  wasAway = false;
  rolledBack = false;
  /** No fault that was planned happens any more. */
  isSafe = false;
  private readonly random: Random;
  private isAway = false;
  private written: Commit[] = [];
  private copies: FakeCopy[] = [];

  constructor(random: Random, options: FakeDiskOptions) {
    super(options);
    this.random = random;
  }

  override accept(pending: Pending): void {
    this.written.push(pending.commit);
    super.accept(pending);
  }

  override crash(keep?: number): void {
    super.crash(keep);
    for (const { number, writes } of this.written) {
      if (number <= this.head) for (const { id } of writes) this.born.add(id);
    }
    this.written = [];
    this.isAway = false;
  }

  /** Let the node be killed when it comes to some point. */
  planKill(kill: (keep: number) => void): void {
    const keep = this.random.pick([0, Number.POSITIVE_INFINITY]);
    const point = this.random.pick(points);
    this.events.push(`plan a kill ${point}`);
    const fault = (): void => {
      if (this.isSafe) return;
      this.events.push(point);
      kill(keep);
    };
    this.plan(point, fault, this.random.below(4));
  }

  leaveOrReturn(): void {
    this.wasAway = true;
    this.isAway = !this.isAway;
    this.events.push(this.isAway ? "outage" : "healed");
    if (this.isAway) this.fail();
    else this.heal();
  }

  override heal(): void {
    this.isAway = false;
    super.heal();
  }

  /** Back to what was, or into other hands. */
  rollBack(): void {
    const { random, copies } = this;
    if (this.isAway) return;
    if (copies.length === 0 || random.chance(0.4)) {
      copies.push(this.copy());
      return;
    }
    this.rolledBack = true;
    if (random.chance(0.2)) {
      this.events.push("usurp");
      this.usurp();
      return;
    }
    const silent = random.chance(0.5);
    this.events.push(`rollback${silent ? ", silent" : ""}`);
    this.restore(random.pick(copies), { silent });
  }
}
