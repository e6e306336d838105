/** Random supervisor scripts (fast-check). Numbers are drawn and then made into ids that exist, so that shrinking keeps scripts sensible. */
import fc from "fast-check";
import type {
  Act,
  ChildScript,
  How,
  Manner,
  RequestScript,
  Shutdown,
  SpecScript,
  StepScript,
  SupervisorScript,
} from "./supervisor-script.js";

interface RawChild {
  readonly restart: "permanent" | "transient" | "temporary";
  readonly manner: Manner;
  readonly isKilled: boolean;
  readonly fails: readonly number[];
  readonly nested: RawSpec | null;
}

interface RawSpec {
  readonly strategy: SpecScript["strategy"];
  readonly intensity: number;
  readonly period: number;
  readonly children: readonly RawChild[];
}

interface RawAct {
  readonly kind: "leave" | "start" | "terminate" | "restart" | "delete" | "which" | "count";
  /** Which child, of those there are or may be. */
  readonly of: number;
  readonly how: How;
  readonly child: RawChild;
}

interface RawStep {
  readonly kind: "acts" | "pass";
  readonly sup: number;
  readonly acts: readonly RawAct[];
  readonly during: readonly RawAct[];
  readonly seconds: number;
}

const restart = fc.constantFrom("permanent" as const, "transient" as const, "temporary" as const);
const fails = fc.oneof(
  { weight: 3, arbitrary: fc.constant<number[]>([]) },
  { weight: 3, arbitrary: fc.uniqueArray(fc.integer({ min: 2, max: 5 }), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }) },
);

function child(nested: fc.Arbitrary<RawSpec | null>): fc.Arbitrary<RawChild> {
  return fc.record({
    restart,
    manner: fc.constantFrom<Manner>("plain", "polite", "stubborn", "sour"),
    isKilled: fc.boolean(),
    fails,
    nested,
  });
}

function spec(oneChild: fc.Arbitrary<RawChild>, maxChildren: number): fc.Arbitrary<RawSpec> {
  return fc.record({
    strategy: fc.constantFrom("one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"),
    intensity: fc.constantFrom(1, 2, 3, 3, 2, 0),
    period: fc.constantFrom(3600, 1, 2, 4),
    children: fc.array(oneChild, { maxLength: maxChildren }),
  });
}

const leaf = child(fc.constant(null));
const branch = child(fc.option(spec(leaf, 3), { freq: 4 }));

const rawAct: fc.Arbitrary<RawAct> = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant<RawAct["kind"]>("leave") },
    { weight: 8, arbitrary: fc.constantFrom<RawAct["kind"]>("start", "terminate", "restart", "delete") },
    { weight: 1, arbitrary: fc.constantFrom<RawAct["kind"]>("which", "count") },
  ),
  of: fc.nat(7),
  how: fc.constantFrom<How>("crash", "normal", "shutdown", "kill"),
  child: branch,
});

const rawStep: fc.Arbitrary<RawStep> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant<RawStep["kind"]>("acts") },
    { weight: 1, arbitrary: fc.constant<RawStep["kind"]>("pass") },
  ),
  sup: fc.nat(9),
  acts: fc.oneof(
    { weight: 3, arbitrary: fc.array(rawAct, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(rawAct, { minLength: 2, maxLength: 4 }) },
  ),
  during: fc.oneof(
    { weight: 3, arbitrary: fc.constant<RawAct[]>([]) },
    { weight: 2, arbitrary: fc.array(rawAct, { minLength: 1, maxLength: 3 }) },
  ),
  seconds: fc.constantFrom(1, 2, 3, 4),
});

const ending = fc.constantFrom<Act | null>(
  null,
  { act: "stop" },
  { act: "leave", id: "root", how: "kill" },
  { act: "parent", how: "crash" },
  { act: "parent", how: "normal" },
  { act: "parent", how: "kill" },
);

export const supervisorScripts: fc.Arbitrary<SupervisorScript> = fc
  .record({
    spec: spec(branch, 5),
    steps: fc.array(rawStep, { minLength: 1, maxLength: 8 }),
    ending,
  })
  .map(({ spec, steps, ending }) => {
    const resolver = new Resolver(spec);
    const end: StepScript[] = ending === null ? [] : [{ sup: "root", acts: [ending], during: [] }];
    return { spec: resolver.root, steps: [...steps.map((step) => resolver.step(step)), ...end] };
  });

/** Gives ids: a, b, c ... to the children of the root, and to those of a nested one its own before theirs. */
class Resolver {
  readonly root: SpecScript;
  private readonly nested: string[] = [];
  private readonly specs = new Map<string, SpecScript>();
  private readonly dynamic = new Map<string, number>();

  constructor(raw: RawSpec) {
    this.root = this.spec("root", "", raw);
  }

  step({ kind, sup, acts, during, seconds }: RawStep): StepScript {
    if (kind === "pass") return { sup: "root", acts: [{ act: "pass", seconds }], during: [] };
    // More often than not it is the root.
    const id = this.nested[sup] ?? "root";
    const all = hold([...acts, ...during].map((act) => this.act(id, act)));
    return { sup: id, acts: all.slice(0, acts.length), during: all.slice(acts.length) };
  }

  private spec(id: string, prefix: string, { strategy, intensity, period, children }: RawSpec): SpecScript {
    const isSimple = strategy === "simple_one_for_one";
    const template = children[0]?.nested === null ? children[0] : plainChild;
    const given = isSimple ? [{ ...template, nested: null }] : children;
    const made = {
      strategy,
      intensity,
      period,
      children: given.map((child, i) => this.child(`${prefix}${letters[i]}`, child)),
    };
    this.specs.set(id, made);
    return made;
  }

  /** What an id is stays so in the whole script: a worker, or a supervisor with these children. */
  private child(id: string, { restart, manner, isKilled, fails, nested }: RawChild): ChildScript {
    const shutdown: Shutdown = isKilled ? "kill" : "infinity";
    const known = this.specs.get(id);
    if (known !== undefined) return { id, restart, shutdown, spec: known };
    if (nested !== null) {
      this.nested.push(id);
      return { id, restart, shutdown, spec: this.spec(id, id, nested) };
    }
    return { id, restart, manner, fails, shutdown: manner === "stubborn" && !isKilled ? 1 : shutdown };
  }

  private act(sup: string, { kind, of, how, child }: RawAct): Act {
    const prefix = sup === "root" ? "" : sup;
    const spec = this.specs.get(sup)!;
    if (spec.strategy === "simple_one_for_one") return this.dynamicAct(sup, `${prefix}d`, { kind, of, how, child });
    const ids = [...spec.children.map(({ id }) => id), `${prefix}x`, ...(sup === "root" ? [newNested] : [])];
    const id = ids[of % ids.length]!;
    if (kind === "leave") return { act: "leave", id, how: this.nested.includes(id) ? "kill" : how };
    return { act: "call", sup, request: this.request(kind, id, child) };
  }

  private request(kind: Exclude<RawAct["kind"], "leave">, id: string, child: RawChild): RequestScript {
    if (kind === "which" || kind === "count") return { ask: kind };
    if (kind !== "start") return { ask: kind, id };
    const nested = id === newNested ? (child.nested ?? plainSpec) : null;
    return { ask: "start", child: this.child(id, { ...child, nested }) };
  }

  private dynamicAct(sup: string, prefix: string, { kind, of, how }: RawAct): Act {
    const count = this.dynamic.get(sup) ?? 0;
    if (kind === "start") {
      this.dynamic.set(sup, count + 1);
      return { act: "call", sup, request: { ask: "start", dynamic: `${prefix}${count + 1}` } };
    }
    const id = `${prefix}${(of % (count + 1)) + 1}`;
    if (kind === "leave") return { act: "leave", id, how };
    if (kind === "which" || kind === "count") return { act: "call", sup, request: { ask: kind } };
    const request: RequestScript = kind === "terminate" ? { ask: "terminate", dynamic: id } : { ask: kind, id };
    return { act: "call", sup, request };
  }
}

const letters = "abcde";
/** A supervisor that is added later. */
const newNested = "y";
const plainChild: RawChild = { restart: "permanent", manner: "plain", isKilled: false, fails: [], nested: null };
const plainSpec: RawSpec = { strategy: "one_for_one", intensity: 1, period: 3600, children: [plainChild] };

/** OTP looks for itself whether a child that it takes for running lives, when it counts: so nothing is counted after an end it was not told of. */
function hold(acts: readonly Act[]): Act[] {
  const hasEnd = acts.some(({ act }) => act === "leave");
  const isCount = (act: Act): boolean => act.act === "call" && act.request.ask === "count";
  if (!hasEnd || acts.length === 1) return [...acts];
  return acts.map((act) => (act.act === "call" && isCount(act) ? { ...act, request: { ask: "which" } } : act));
}
