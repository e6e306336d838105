/** Specifications of supervisors: defaults, and what is wrong with one, by field. */
import { describe, expect, it } from "vitest";
import type { Payload } from "../../mailbox/index.js";
import { specFailure } from "../../supervision/fields.js";
import { readSupervisor } from "../../supervision/index.js";

const a = { id: "a", process: "app:a" };

function problemOf(spec: Payload): string | undefined {
  return specFailure(readSupervisor(spec, "app:host").problems)?.message;
}

describe("a specification", () => {
  it("has defaults for everything but the children's ids and processes", () => {
    expect(readSupervisor({ children: [a] }, "app:host")).toEqual({
      problems: [],
      spec: {
        strategy: "one_for_one",
        intensity: 1,
        periodMs: 5000,
        children: [
          {
            id: "a",
            process: "app:a",
            host: "app:host",
            args: [],
            restart: "permanent",
            shutdown: 5000,
            type: "worker",
            options: {},
          },
        ],
      },
    });
  });

  it("reads every field", () => {
    const child = {
      ...a,
      host: "app:other",
      args: [1, { x: true }],
      name: "the a",
      restart: "transient",
      shutdown: "1m30s",
      type: "supervisor",
      backoff: { initial_delay: "10ms", max_delay: 500, backoff_factor: 3, jitter: 0 },
      context: { who: "ann" },
      options: { "workflow.run_timeout": "1h" },
    };
    const { spec, problems } = readSupervisor(
      { strategy: "rest_for_one", intensity: 0, period: "1m", name: "tree", host: "app:host", children: [child] },
      "app:host",
    );
    expect(problems).toEqual([]);
    expect(spec).toMatchObject({ strategy: "rest_for_one", intensity: 0, periodMs: 60_000, name: "tree" });
    const { backoff, ...rest } = child;
    expect(spec.children).toEqual([
      { ...rest, shutdown: 90_000, backOff: { initialDelayMs: 10, maxDelayMs: 500, backoffFactor: 3, jitter: 0 } },
    ]);
    expect(backoff).toBeDefined();
  });

  it("takes an empty table of Lua, which is an empty list, for an empty map", () => {
    expect(problemOf({ children: [{ ...a, context: [], options: [], backoff: [] }] })).toBeUndefined();
  });

  it("gives a supervisor all the time to stop that it needs", () => {
    const { spec } = readSupervisor({ children: [{ ...a, type: "supervisor" }] }, "app:host");
    expect(spec.children[0]?.shutdown).toBe("infinity");
  });

  it("makes a supervisor of a child with children", () => {
    const inner = { id: "in", strategy: "one_for_all", intensity: 3, children: [a] };
    const { spec, problems } = readSupervisor({ children: [inner] }, "app:host");
    expect(problems).toEqual([]);
    expect(spec.children[0]).toMatchObject({
      process: "perdure:supervisor",
      type: "supervisor",
      args: [{ strategy: "one_for_all", intensity: 3, children: [a] }],
    });
  });
});

describe("what is wrong", () => {
  it.each<[Payload, string]>([
    [null, "spec must be a table with strategy and children"],
    [
      { children: {} as Payload, strategy: "all" },
      "strategy must be one of one_for_one, one_for_all, rest_for_one, simple_one_for_one",
    ],
    [{ children: "a" }, "children must be a list"],
    [{ children: [], intensity: -1 }, "intensity must be a whole number of at least 0"],
    [{ children: [], intensity: 1.5 }, "intensity must be a whole number of at least 0"],
    [{ children: [], period: 0 }, 'period must be a duration above zero such as "5s"'],
    [{ children: [], period: "5 s" }, 'period must be a duration such as "5s"'],
    [{ children: [], period: "infinity" }, 'period must be a duration such as "5s"'],
    [{ childs: [] }, "childs is unknown; known are strategy, intensity, period, children, name, host"],
    [{ children: ["a"] }, "children[1] must be a table with the fields of a child"],
    [{ children: [{ process: "app:a" }] }, "children[1].id is required: the child's name within its supervisor"],
    [{ children: [{ id: "a" }] }, 'children[1].process is required: the id of the entry to run, such as "app:worker"'],
    [{ children: [{ id: "a", process: "a" }] }, 'children[1].process must be an id such as "app:worker"'],
    [{ children: [{ ...a, id: 7 }] }, "children[1].id must be text that is not empty"],
    [{ children: [a, { ...a }] }, 'children[2].id is taken: there is another child with id "a"'],
    [
      {
        children: [
          { ...a, name: "n" },
          { ...a, id: "b", name: "n" },
        ],
      },
      'children[2].name is taken: there is another child with name "n"',
    ],
    [{ children: [{ ...a, restart: "always" }] }, "children[1].restart must be one of permanent, transient, temporary"],
    [
      { children: [{ ...a, shutdown: -1 }] },
      'children[1].shutdown must be a duration such as "5s" or "kill" or "infinity"',
    ],
    [{ children: [{ ...a, type: "boss" }] }, "children[1].type must be one of worker, supervisor"],
    [{ children: [{ ...a, args: { x: 1 } }] }, "children[1].args must be a list"],
    [{ children: [{ ...a, context: [1] }] }, "children[1].context must be a table with names as keys"],
    [
      { children: [{ ...a, context: { "@actor": 1 } }] },
      "children[1].context must not have the key @actor: those with @ are reserved",
    ],
    [{ children: [{ ...a, backoff: { jitter: 2 } }] }, "children[1].backoff.jitter must be a fraction between 0 and 1"],
    [
      { children: [{ ...a, backoff: { delay: 2 } }] },
      "children[1].backoff.delay is unknown; known are initial_delay, max_delay, backoff_factor, jitter",
    ],
    [
      { children: [{ ...a, strategy: "one_for_all" }] },
      "children[1].strategy is for a child that has children of its own",
    ],
    [
      { children: [{ ...a, children: [] }] },
      "children[1].process cannot be given with children, which make the child a supervisor",
    ],
    [
      { children: [a, { id: "in", children: [a, { ...a, id: "b", restart: 1 }] }] },
      "children[2].children[2].restart must be one of permanent, transient, temporary",
    ],
    [
      { strategy: "simple_one_for_one", children: [] },
      "children of a simple_one_for_one must be one child: the template of those to come",
    ],
    [
      { strategy: "simple_one_for_one", children: [{ ...a, name: "n" }] },
      "children[1].name cannot be shared by the children of a simple_one_for_one; give one to each start_child",
    ],
  ])("%j", (spec, message) => {
    expect(problemOf(spec)).toBe(message);
  });

  it("is all of it, each with its path", () => {
    const { problems } = readSupervisor(
      { intensity: "x", children: [{ id: "", process: "app:a", restart: 1 }] },
      "h:h",
    );
    expect(problems.map(({ path }) => path.join("."))).toEqual(["children.0.id", "children.0.restart", "intensity"]);
  });
});
