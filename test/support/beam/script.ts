/** Scripts of operations on processes, for real Erlang processes and for ours: what they are, how they are generated, how they read. */
import fc from "fast-check";
import type { Term } from "./terms.js";

export const names = ["n0", "n1", "n2"] as const;

/** `living`, `any` and `lane` count round and round among the living, all that ever were, and the actors of the step. */
export type Target = readonly ["living" | "any" | "lane" | "actor", number] | readonly ["name", string];

export type Act =
  | readonly ["send", Target, number]
  | readonly ["link" | "unlink" | "monitor" | "demonitor" | "kill", Target]
  | readonly ["trap", boolean]
  | readonly ["register", string, Target]
  | readonly ["unregister" | "whereis", string]
  | readonly ["exit", string]
  | readonly ["crash"]
  /** A child that does these acts before anything else; `place` chooses its host. */
  | readonly ["spawn", readonly ("link" | "monitor")[], string, number, readonly Act[]];

/** One process does these acts in a row. */
export type Lane = readonly [actor: number, acts: readonly Act[]];

/**
 * Lanes run at the same time, and only what comes out the same in any order may be in two of them; else `settle`, by the first actor
 * once all is quiet, makes it the same again. Then everybody comes to rest, and is looked at.
 */
export type Step = readonly [lanes: readonly Lane[], settle: readonly Act[]];

export interface Script {
  readonly roots: number;
  readonly steps: readonly Step[];
}

export interface ScriptLimits {
  readonly maxRoots: number;
  readonly maxSteps: number;
  readonly places: number;
}

export const usual: ScriptLimits = { maxRoots: 5, maxSteps: 20, places: 1 };

const number = fc.nat({ max: 1000 });
const name = fc.constantFrom(...names);
const reason = fc.constantFrom("normal", "boom", "shutdown", "kill", "killed", "noproc");
const pidTarget: fc.Arbitrary<Target> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant("living" as const), number) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("any" as const), number) },
  { weight: 1, arbitrary: fc.constant(["actor", 0] as const) },
);
const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 5, arbitrary: pidTarget },
  { weight: 1, arbitrary: fc.tuple(fc.constant("name" as const), name) },
);

const act = <const V extends Act[0]>(verb: V) => fc.constant(verb);
const send = (to: fc.Arbitrary<Target>) => fc.tuple(act("send"), to, number);
const on = <const V extends "link" | "unlink" | "monitor" | "demonitor" | "kill">(verb: V, to: fc.Arbitrary<Target>) =>
  fc.tuple(act(verb), to);
const trap = fc.tuple(act("trap"), fc.boolean());
const naming: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(act("register"), name, pidTarget) },
  { weight: 1, arbitrary: fc.tuple(act("unregister"), name) },
  { weight: 1, arbitrary: fc.tuple(act("whereis"), name) },
);

/** What may come in the middle of a row of acts: nobody ends of it. */
const harmless: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: send(target) },
  { weight: 5, arbitrary: on("link", target) },
  { weight: 2, arbitrary: on("unlink", target) },
  { weight: 4, arbitrary: on("monitor", target) },
  { weight: 2, arbitrary: on("demonitor", target) },
  { weight: 3, arbitrary: trap },
  { weight: 3, arbitrary: naming },
);

const ending: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(act("exit"), reason) },
  { weight: 1, arbitrary: fc.constant(["crash"] as const) },
);

/** Of a child: also things with its parent, and often its end. */
const firstActs: fc.Arbitrary<readonly Act[]> = fc
  .tuple(
    fc.array(harmless, { maxLength: 2 }),
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(ending) }),
  )
  .map(([acts, end]) => [...acts, ...end]);

const spawn = (places: number): fc.Arbitrary<Act> =>
  fc.tuple(
    act("spawn"),
    fc.subarray(["link", "monitor"] as const),
    fc.oneof({ weight: 4, arbitrary: fc.constant("none") }, { weight: 1, arbitrary: name }),
    fc.nat({ max: places - 1 }),
    firstActs,
  );

/** Single acts for the most part; in a row, what may end somebody comes last, as nobody knows what happens after it. */
const row = (places: number): fc.Arbitrary<readonly Act[]> => {
  const last: fc.Arbitrary<Act> = fc.oneof(
    { weight: 8, arbitrary: harmless },
    { weight: 2, arbitrary: ending },
    { weight: 2, arbitrary: on("kill", target) },
    { weight: 5, arbitrary: spawn(places) },
  );
  const before = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(harmless, { minLength: 1, maxLength: 4 }) },
  );
  return fc.tuple(before, last).map(([acts, end]) => [...acts, end]);
};

/** Acts of two processes at a time that do not depend on each other, though they may be about the same pair. */
const confluent: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    send(pidTarget),
    on("link", pidTarget),
    on("monitor", pidTarget),
    on("demonitor", pidTarget),
    trap,
    on("link", fc.constant(["lane", 0] as const)),
    on("link", fc.constant(["lane", 1] as const)),
  ),
  { minLength: 1, maxLength: 3 },
);

/** Links and unlinks of two processes with each other that cross: what comes out is open until the first of them settles it. */
const crossing = (other: number): fc.Arbitrary<readonly Act[]> =>
  fc.array(fc.oneof(on("link", fc.constant(["lane", other])), on("unlink", fc.constant(["lane", other]))), {
    minLength: 1,
    maxLength: 3,
  });

const step = (places: number): fc.Arbitrary<Step> => {
  const one = fc.tuple(number, row(places)).map((lane): Step => [[lane], []]);
  const both = fc.tuple(fc.tuple(number, confluent), fc.tuple(number, confluent)).map((lanes): Step => [lanes, []]);
  const cross = fc
    .tuple(fc.tuple(number, crossing(1)), fc.tuple(number, crossing(0)), fc.constantFrom("link", "unlink"))
    .map(([one, two, settle]): Step => [[one, two], [[settle, ["lane", 1]]]]);
  return fc.oneof({ weight: 12, arbitrary: one }, { weight: 1, arbitrary: both }, { weight: 1, arbitrary: cross });
};

export function scripts({ maxRoots, maxSteps, places }: ScriptLimits): fc.Arbitrary<Script> {
  return fc.record({
    roots: fc.integer({ min: 1, max: maxRoots }),
    steps: fc.array(step(places), { minLength: 1, maxLength: maxSteps, size: "max" }),
  });
}

export function scriptTerm({ roots, steps }: Script): Term {
  return [roots, steps as unknown as Term];
}
