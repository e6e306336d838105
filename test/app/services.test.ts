/** The runner of one process.service, in virtual time. */
import { describe, expect, it } from "vitest";
import type { EntryOf } from "../../app/entries.js";
import { ServiceRunner } from "../../app/services.js";
import { failure } from "../../mailbox/index.js";
import { Node } from "../durability/memory-node.js";
import type { Script } from "../support/fakes.js";

type Lifecycle = EntryOf<"process.service">["lifecycle"];

const stopsWhenAsked: Script = {
  onEvent: (event, self) => void (event.kind === "cancel" && self.exit({ kind: "normal", value: null })),
};
const deaf: Script = {};

/** A service of the entry `child`, and what was said of its health. */
class Trial {
  readonly node: Node;
  readonly runner: ServiceRunner;
  readonly health: string[] = [];
  readonly restarts: number[] = [];

  constructor(child: Script, maxAttempts = 0, maxProcesses = 0) {
    this.node = new Node({ child }, { maxProcesses });
    const { events } = this.node.system;
    events.on("health", ({ state, detail }) => this.health.push(`${state}: ${detail}`));
    events.on("restart", ({ delayMs }) => this.restarts.push(delayMs));
    const restart = { initialDelayMs: 1000, maxDelayMs: 90_000, backoffFactor: 2, jitter: 0, maxAttempts };
    const lifecycle = {
      autoStart: true,
      startup: "required",
      requires: [],
      startTimeoutMs: 10_000,
      stopTimeoutMs: 5000,
      stableThresholdMs: 5000,
      restart,
    } as unknown as Lifecycle;
    const entry = { id: "t:service", process: "child", host: "app:host", input: [], lifecycle };
    const control = this.node.open("node:control").openClient("service");
    this.runner = new ServiceRunner(entry as unknown as EntryOf<"process.service">, this.node.system, control);
  }

  async start() {
    const started = this.runner.start();
    await this.node.clock.idle();
    return started;
  }

  async pass(ms: number): Promise<void> {
    this.node.clock.advance(ms);
    await this.node.clock.idle();
  }

  get living(): number {
    return this.node.host.size;
  }
}

const crash = failure("INTERNAL", "boom");

describe("a service", () => {
  it("that stops when asked leaves neither a process nor a timer", async () => {
    const trial = new Trial(stopsWhenAsked);
    expect(await trial.start()).toBeUndefined();
    expect(trial.living).toBe(1);
    const stopped = Promise.all([trial.runner.stop(), trial.runner.stop()]);
    await trial.node.clock.idle();
    await stopped;
    expect([trial.runner.state.status, trial.living, trial.node.clock.openTimers]).toEqual(["stopped", 0, 0]);
    expect(trial.health).toEqual([]);
  });

  it("that does not listen is ended after its stop time-out, which is reported", async () => {
    const trial = new Trial(deaf);
    await trial.start();
    const stopped = trial.runner.stop();
    await trial.pass(4999);
    expect(trial.living).toBe(1);
    await trial.pass(1);
    await stopped;
    expect([trial.runner.state.status, trial.living, trial.node.clock.openTimers]).toEqual(["failed", 0, 0]);
    expect(trial.health).toEqual(["down: stop timeout after 5000 ms"]);
  });

  it("that is stopped while it waits for its restart stays stopped", async () => {
    const trial = new Trial({ onStart: (self) => self.exit({ kind: "failed", error: crash }) });
    await trial.start();
    expect(trial.restarts).toEqual([1000]);
    await trial.runner.stop();
    await trial.pass(100_000);
    expect([trial.runner.state.status, trial.living, trial.restarts]).toEqual(["stopped", 0, [1000]]);
    expect(trial.node.clock.openTimers).toBe(0);
  });

  it("that is stopped while it starts is stopped once it has started", async () => {
    const trial = new Trial(stopsWhenAsked);
    const started = trial.runner.start();
    const stopped = trial.runner.stop();
    await trial.node.clock.idle();
    await Promise.all([started, stopped]);
    expect([trial.runner.state.status, trial.living]).toEqual(["stopped", 0]);
  });

  it("that cannot start in time is tried again, and a start that comes late is undone", async () => {
    const trial = new Trial(stopsWhenAsked);
    const { host } = trial.node;
    const spawn = host.spawn.bind(host);
    const late: (() => void)[] = [];
    Object.assign(host, { spawn: (spec: never) => new Promise((resolve) => late.push(() => resolve(spawn(spec)))) });
    const started = trial.start();
    await trial.pass(10_000);
    expect(await started).toMatchObject({ kind: "TIMEOUT" });
    late[0]!();
    await trial.pass(0);
    expect(trial.living).toBe(0);
    await trial.pass(1000);
    late[1]!();
    await trial.pass(0);
    expect([trial.runner.state.status, trial.living]).toEqual(["running", 1]);
  });

  it("that has failed too often says that it was given up", async () => {
    const trial = new Trial({ onStart: (self) => self.exit({ kind: "failed", error: crash }) }, 3);
    await trial.start();
    await trial.pass(1000);
    await trial.pass(2000);
    await trial.pass(100_000);
    expect(trial.restarts).toEqual([1000, 2000]);
    expect(trial.health).toEqual(["down: boom, given up after 3 failures"]);
  });

  it("whose error forbids a retry says so, and one that just ends says nothing", async () => {
    const error = failure("INVALID", "bad input", { retryable: false });
    const trial = new Trial({ onStart: (self) => self.exit({ kind: "failed", error }) });
    await trial.start();
    expect(trial.health).toEqual(["down: bad input, which is not to be retried"]);
    const ended = new Trial({ onStart: (self) => self.exit({ kind: "normal", value: null }) });
    await ended.start();
    expect([ended.health, ended.restarts, ended.runner.state.status]).toEqual([[], [], "exited"]);
  });
});
