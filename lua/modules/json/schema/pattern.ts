/**
 * Regular expressions of schemas, matched in time that grows with text and pattern only: a schema is untrusted, and a backtracking
 * matcher can be made to run for ever. The syntax is JavaScript's with the flag `u`, without look-around and back-references.
 */
import { type Holds, PatternProblem, parsePattern, type Takes, type Term } from "./pattern-parser.js";

/** What the repetitions of a pattern may unfold to. */
const maxSteps = 4000;

/** One step of a compiled pattern; the next one is the following, unless it says otherwise. */
type Step =
  | { readonly kind: "take"; readonly takes: Takes }
  | { readonly kind: "assert"; readonly holds: Holds }
  /** Go on at both places. */
  | { readonly kind: "choice"; a: number; b: number }
  | { readonly kind: "found" };

export class Pattern {
  readonly source: string;
  private readonly steps: Step[] = [];
  private readonly spend: (instructions: number) => void;
  /** Where in the text each step was entered last, as once for each place is enough. */
  private readonly entered: Int32Array;

  /** Throws PatternProblem. `spend` is told what matching costs, while it is done. */
  constructor(source: string, spend: (instructions: number) => void) {
    this.source = source;
    this.spend = spend;
    this.unfold(parsePattern(source));
    this.add({ kind: "found" });
    this.entered = new Int32Array(this.steps.length);
  }

  /** ajv tells patterns apart by their text. */
  toString(): string {
    return this.source;
  }

  /** Whether some part of the text matches. */
  test(text: string): boolean {
    this.spend(this.steps.length / 16);
    this.entered.fill(-1);
    let reached: number[] = [];
    let before: string | undefined;
    for (let at = 0; ; ) {
      const after = at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : undefined;
      const waiting = this.settle([0, ...reached], at, before, after);
      if (waiting === undefined) return true;
      if (after === undefined) return false;
      reached = waiting.filter((step) => (this.steps[step] as { takes: Takes }).takes(after)).map((step) => step + 1);
      before = after;
      at += after.length;
    }
  }

  /** Go on from these steps as far as no character is needed: those that wait for one, or undefined when the end is among them. */
  private settle(
    open: number[],
    at: number,
    before: string | undefined,
    after: string | undefined,
  ): number[] | undefined {
    const waiting: number[] = [];
    let visited = 1;
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (this.entered[next] === at) continue;
      this.entered[next] = at;
      visited++;
      const step = this.steps[next]!;
      if (step.kind === "found") return undefined;
      if (step.kind === "take") waiting.push(next);
      else if (step.kind === "choice") open.push(step.b, step.a);
      else if (step.holds(before, after)) open.push(next + 1);
    }
    this.spend(visited * 2);
    return waiting;
  }

  private add(step: Step): number {
    if (this.steps.length >= maxSteps) throw new PatternProblem("repeats too much");
    return this.steps.push(step) - 1;
  }

  private unfold(term: Term): void {
    switch (term.kind) {
      case "take":
      case "assert":
        this.add(term);
        return;
      case "sequence":
        for (const one of term.terms) this.unfold(one);
        return;
      case "either":
        return this.either(term.terms);
      case "repeat":
        for (let n = 0; n < term.min; n++) this.unfold(term.term);
        if (term.max === Number.POSITIVE_INFINITY) return this.endless(term.term);
        for (let n = term.min; n < term.max; n++) this.optional(term.term);
    }
  }

  private either(terms: readonly Term[]): void {
    const ends: { b: number }[] = [];
    for (const [index, term] of terms.entries()) {
      if (index === terms.length - 1) {
        this.unfold(term);
        break;
      }
      const fork = this.fork();
      this.unfold(term);
      // A step that goes on at one place only, past all that follow.
      const end = { kind: "choice" as const, a: 0, b: 0 };
      this.add(end);
      ends.push(end);
      fork.b = this.steps.length;
    }
    for (const end of ends as { a: number; b: number }[]) end.a = end.b = this.steps.length;
  }

  private endless(term: Term): void {
    const start = this.steps.length;
    const fork = this.fork();
    this.unfold(term);
    this.add({ kind: "choice", a: start, b: start });
    fork.b = this.steps.length;
  }

  private optional(term: Term): void {
    const fork = this.fork();
    this.unfold(term);
    fork.b = this.steps.length;
  }

  /** Goes on with the next step, and at the place that `b` will be. */
  private fork(): { b: number } {
    const fork = { kind: "choice" as const, a: this.steps.length + 1, b: 0 };
    this.add(fork);
    return fork;
  }
}
