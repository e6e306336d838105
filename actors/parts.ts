/** Parts: what a process is made of beside its outbox, each made when it is needed. What they do is theirs to say. */
import type { Delivery, ExitReason, Failure, Payload, Pid } from "../mailbox/index.js";
import { Bonds } from "./bonds.js";
import { Calls } from "./calls.js";
import type { Outcome } from "./input.js";
import type { Life } from "./life.js";
import { Outbox } from "./outbox.js";
import type { ProcessEvent } from "./program.js";
import { Relations } from "./relations.js";
import { Spawns } from "./spawns.js";

interface Upgrade {
  readonly entry: string;
  readonly args: readonly Payload[];
}

/** What most processes never need. */
interface Rare {
  spawns: Spawns | undefined;
  calls: Calls | undefined;
  deadlines: Set<number> | undefined;
  /** Events that an earlier program did not look at. */
  unread: ProcessEvent[];
  upgrading: Upgrade | undefined;
  failedToStart: Failure | undefined;
}

/** Of a million processes most are bound to nobody and wait for nothing but messages. */
export abstract class Parts extends Outbox implements Life {
  abstract readonly trapLinks: boolean;
  abstract readonly hasEnded: boolean;
  private bondsMade: Bonds | undefined = undefined;
  private rare: Rare | undefined = undefined;

  abstract event(event: ProcessEvent): void;
  abstract answered(tag: number, delivery: Delivery): void;
  abstract settled(tag: number, outcome: Outcome): void;
  abstract childStarted(tag: number, pid: Pid): void;
  abstract exit(reason: ExitReason): void;

  get relations(): Relations {
    return this.bonds.relations;
  }

  /** The program wants to go on as this one; the host loads it and calls `become`, before any other input. */
  get upgrading(): Upgrade | undefined {
    return this.rare?.upgrading;
  }

  set upgrading(upgrade: Upgrade | undefined) {
    if (upgrade !== undefined || this.rare !== undefined) this.more.upgrading = upgrade;
  }

  /** Set when `start` failed before the program ran; the host answers the spawn with it, and nobody else hears of the process. */
  get failedToStart(): Failure | undefined {
    return this.rare?.failedToStart;
  }

  protected set failedToStart(failure: Failure | undefined) {
    this.more.failedToStart = failure;
  }

  get bonds(): Bonds {
    this.bondsMade ??= new Bonds(this, this);
    return this.bondsMade;
  }

  get bondsIfAny(): Bonds | undefined {
    return this.bondsMade;
  }

  /** In a process that has a life behind it. */
  protected makeBonds(lastRef: number): void {
    this.bondsMade = new Bonds(this, this, new Relations(lastRef));
  }

  get spawns(): Spawns {
    this.more.spawns ??= new Spawns(this, this.bonds, this, this.incarnation);
    return this.more.spawns;
  }

  get spawnsIfAny(): Spawns | undefined {
    return this.rare?.spawns;
  }

  get calls(): Calls {
    this.more.calls ??= new Calls(this, this.bonds, this);
    return this.more.calls;
  }

  get callsIfAny(): Calls | undefined {
    return this.rare?.calls;
  }

  /** Timers at whose end the process is killed, by tag: cancels with a deadline. */
  get deadlines(): Set<number> {
    this.more.deadlines ??= new Set();
    return this.more.deadlines;
  }

  protected get deadlinesIfAny(): Set<number> | undefined {
    return this.rare?.deadlines;
  }

  /** Events that an earlier program did not look at. */
  protected get unread(): ProcessEvent[] {
    return this.more.unread;
  }

  private get more(): Rare {
    this.rare ??= {
      spawns: undefined,
      calls: undefined,
      deadlines: undefined,
      unread: [],
      upgrading: undefined,
      failedToStart: undefined,
    };
    return this.rare;
  }
}
