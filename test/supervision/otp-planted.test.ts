/** The comparison with OTP is worth something: bugs that are planted in our supervisor are noticed within 1,000 scripts. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Child } from "../../supervision/children.js";
import type { Core } from "../../supervision/core.js";
import { RestartWindow } from "../../supervision/intensity.js";
import type { Work } from "../../supervision/waits.js";
import { describeErlang } from "../support/erlang.js";
import { Comparison, differenceText } from "../support/supervisor-compare.js";

type Strategies = typeof import("../../supervision/strategy.js");
type Stopping = typeof import("../../supervision/stopping.js");
type Supervisors = typeof import("../../supervision/supervisor.js");

/** What stands in for a part of ours, given the part. */
interface Bug {
  readonly verdictOf?: (real: Strategies["verdictOf"]) => Strategies["verdictOf"];
  readonly concerned?: (real: Strategies["concerned"]) => Strategies["concerned"];
  readonly stopChild?: (real: Stopping["stopChild"]) => Stopping["stopChild"];
  readonly stopAll?: (real: Stopping, core: Core) => Work<void>;
  readonly window?: (real: RestartWindow["add"]) => RestartWindow["add"];
}

const planted = vi.hoisted(() => ({ bug: {} as Bug }));

vi.mock("../../supervision/strategy.js", async (original) => {
  const real = await original<Strategies>();
  const verdictOf: Strategies["verdictOf"] = (...args) =>
    (planted.bug.verdictOf?.(real.verdictOf) ?? real.verdictOf)(...args);
  const concerned: Strategies["concerned"] = (...args) =>
    (planted.bug.concerned?.(real.concerned) ?? real.concerned)(...args);
  return { ...real, verdictOf, concerned };
});

vi.mock("../../supervision/stopping.js", async (original) => {
  const real = await original<Stopping>();
  const stopChild: Stopping["stopChild"] = (...args) =>
    (planted.bug.stopChild?.(real.stopChild) ?? real.stopChild)(...args);
  return { ...real, stopChild };
});

vi.mock("../../supervision/supervisor.js", async (original) => {
  const { Supervisor } = await original<Supervisors>();
  const stopping = await vi.importActual<Stopping>("../../supervision/stopping.js");
  class Planted extends Supervisor {
    override stopAll(): Work<void> {
      const { core } = this as unknown as { core: Core };
      return planted.bug.stopAll?.(stopping, core) ?? super.stopAll();
    }
  }
  return { Supervisor: Planted };
});

const bugs: Readonly<Record<string, Bug>> = {
  "children are stopped in starting order": {
    *stopAll({ stopChild }, core) {
      for (const child of [...core.children.all()]) yield* stopChild(core, child);
    },
  },
  "children are stopped all at once": {
    stopAll: ({ stopAtOnce }, core) => stopAtOnce(core, [...core.children.all()]),
  },
  "one restart too many is borne": {
    window: (real) =>
      function (this: RestartWindow, now) {
        return (
          real.call(this, now) &&
          this.list().length > (this as unknown as { limit: { intensity: number } }).limit.intensity + 1
        );
      },
  },
  "one restart too few is borne": {
    window: (real) =>
      function (this: RestartWindow, now) {
        return (
          real.call(this, now) ||
          this.list().length >= Math.max(1, (this as unknown as { limit: { intensity: number } }).limit.intensity)
        );
      },
  },
  "a restart one period ago is forgotten": {
    window: (real) =>
      function (this: RestartWindow, now) {
        const { limit } = this as unknown as { limit: { intensity: number; periodMs: number } };
        return (
          real.call(this, now) && this.list().filter((time) => time > now - limit.periodMs).length > limit.intensity
        );
      },
  },
  "a transient child is restarted after a normal end": {
    verdictOf: (real) => (restart, reason) => (restart === "transient" ? "restart" : real(restart, reason)),
  },
  "a transient child is not restarted after a kill": {
    verdictOf: (real) => (restart, reason) =>
      restart === "transient" && reason.kind === "killed" ? "keep" : real(restart, reason),
  },
  "a permanent child is not restarted after a normal end": {
    verdictOf: (real) => (restart, reason) =>
      restart === "permanent" && reason.kind === "normal" ? "keep" : real(restart, reason),
  },
  "a temporary child is kept": {
    verdictOf: (real) => (restart, reason) => (restart === "temporary" ? "keep" : real(restart, reason)),
  },
  "rest_for_one restarts earlier children": {
    concerned: (real) => (strategy, failed, all) =>
      real(strategy === "rest_for_one" ? "one_for_all" : strategy, failed, all),
  },
  "rest_for_one leaves out the last child": {
    concerned: (real) => (strategy, failed, all) => {
      const group = real(strategy, failed, all);
      return strategy === "rest_for_one" && group.length > 1 ? group.slice(0, -1) : group;
    },
  },
  "one_for_all restarts the failed one only": {
    concerned: (real) => (strategy, failed, all) =>
      real(strategy === "one_for_all" ? "one_for_one" : strategy, failed, all),
  },
  "one_for_all starts the failed one first": {
    concerned: (real) => (strategy, failed, all) => {
      const group = real(strategy, failed, all);
      return strategy === "one_for_all" ? [failed, ...group.filter((child) => child !== failed)] : group;
    },
  },
  "a child that is to be killed is asked to stop": {
    stopChild: (real) => (core, child) => real(core, softly(child)),
  },
  "a temporary child survives that is stopped with others": {
    stopChild: (real) =>
      function* (core, child) {
        return child.spec.restart === "temporary" ? undefined : yield* real(core, child);
      },
  },
};

function softly(child: Child): Child {
  if (child.spec.shutdown !== "kill") return child;
  return Object.setPrototypeOf({ spec: { ...child.spec, shutdown: 10_000 } }, child) as Child;
}

/** Scripts that each bug must be noticed in. */
const count = 1000;
const seed = Number(process.env.PERDURE_SEED ?? 1);

describeErlang("the comparison with OTP", { timeout: 60_000 }, () => {
  const add = RestartWindow.prototype.add;
  let comparison: Comparison;
  beforeAll(() => {
    comparison = new Comparison();
  });
  afterEach(() => {
    planted.bug = {};
    RestartWindow.prototype.add = add;
  });
  afterAll(() => comparison?.close());

  it.each(Object.keys(bugs))("notices when %s", async (name) => {
    const bug = bugs[name]!;
    planted.bug = bug;
    if (bug.window !== undefined) RestartWindow.prototype.add = bug.window(add);
    const difference = await comparison.find(seed, count);
    expect(difference, `not noticed by ${count} scripts of seed ${seed}`).toBeDefined();
    console.log(`${name}: noticed by script ${difference!.run + 1} of seed ${seed}`);
    expect(differenceText(seed, difference!)).toContain(">");
  });
});
