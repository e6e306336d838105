/** Where supervisor scripts are played: a clock, a scheduler that can hold processes back, and a host whose starts can be refused. */
import type { SpawnResult, SpawnSpec, System } from "../../actors/index.js";
import { MemoryHost, Scheduler, type Turn } from "../../durability/memory/index.js";
import type { Envelope, Pid } from "../../mailbox/index.js";
import { VirtualClock } from "./virtual.js";

export const hostId = "test:host";

/** A millisecond takes no time, as it stands for the shortest time to stop that there is: in a script only whole seconds pass. */
export class StageClock extends VirtualClock {
  override timer(delayMs: number, fire: () => void): { cancel(): void } {
    return super.timer(delayMs <= 1 ? 0 : delayMs, fire);
  }
}

/** Turns in the order in which they were asked for, taken when told to. A held process takes none: what comes for it waits, in order. */
export class StageScheduler extends Scheduler {
  private readonly line: Turn[] = [];
  private held: string | undefined;
  private parked: Turn | undefined;

  override enqueue(turn: Turn): void {
    if (turn.queued) return;
    turn.queued = true;
    this.line.push(turn);
  }

  override begin(turn: Turn): void {
    this.enqueue(turn);
  }

  override spent(): boolean {
    return false;
  }

  /** Until nobody wants a turn; may be called in a turn. True when there was one. */
  run(): boolean {
    const isBusy = this.line.length > 0;
    for (let turn = this.line.shift(); turn !== undefined; turn = this.line.shift()) this.give(turn);
    return isBusy;
  }

  hold(pid: Pid): void {
    this.held = pid.text;
  }

  release(): void {
    this.held = undefined;
    if (this.parked !== undefined) this.line.push(this.parked);
    this.parked = undefined;
  }

  private give(turn: Turn): void {
    if (this.held !== undefined && (turn as { pid?: Pid }).pid?.text === this.held) {
      this.parked = turn;
      return;
    }
    const again = turn.turn() !== false;
    turn.queued = again;
    if (again) this.line.push(turn);
  }
}

/** Told of each start before it happens, and does it or not. */
export type Starter = (spec: SpawnSpec, start: () => SpawnResult) => SpawnResult;

export class StageHost extends MemoryHost {
  private readonly starter: Starter;

  /** `watcher` sees each envelope as it is sent. */
  constructor(system: System, scheduler: Scheduler, starter: Starter, watcher: (envelope: Envelope) => void) {
    super({ id: hostId, system, scheduler });
    this.starter = starter;
    const { router } = system;
    const route = router.route.bind(router);
    router.route = (envelope) => {
      watcher(envelope);
      return route(envelope);
    };
  }

  override spawn(spec: SpawnSpec): SpawnResult {
    return this.starter(spec, () => super.spawn(spec));
  }
}
