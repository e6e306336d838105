/** Compares random scripts on OTP's supervisor and on ours, and makes a script that differs small. */
import fc from "fast-check";
import type { Program } from "../../actors/index.js";
import { supervisorProgram } from "../../supervision/index.js";
import { type ErlangNode, startErlang } from "./beam/node.js";
import { supervisorScripts } from "./supervisor-arbitrary.js";
import { playOurs } from "./supervisor-play.js";
import { erlangTerm, type SupervisorScript } from "./supervisor-script.js";
import { comparable } from "./supervisor-trace.js";

/** Scripts that are on their way at once. */
const together = 100;

export interface Difference {
  /** Which of the scripts of this seed, from 0. */
  readonly run: number;
  readonly script: SupervisorScript;
  readonly ours: readonly string[];
  readonly otp: readonly string[];
}

export class Comparison {
  private readonly otp: ErlangNode = startErlang("supervisor_oracle");
  private readonly traces = new Map<string, readonly string[]>();

  /** The first of `count` random scripts on which they differ. */
  async find(seed: number, count: number, ours: () => Program = supervisorProgram): Promise<Difference | undefined> {
    const scripts = fc.sample(supervisorScripts, { seed, numRuns: count });
    for (let from = 0; from < count; from += together) {
      const some = scripts.slice(from, from + together);
      const found = await Promise.all(some.map((script) => this.difference(script, ours)));
      const at = found.findIndex((difference) => difference !== undefined);
      if (at >= 0) return { ...found[at]!, run: from + at };
    }
    return undefined;
  }

  /** A smaller script on which they still differ. */
  async shrink(seed: number, { run }: Difference, ours: () => Program = supervisorProgram): Promise<Difference> {
    let smallest: Difference | undefined;
    const property = fc.asyncProperty(supervisorScripts, async (script) => {
      const difference = await this.difference(script, ours);
      if (difference !== undefined) smallest = difference;
      return difference === undefined;
    });
    await fc.check(property, { seed, path: String(run), numRuns: run + 1 });
    if (smallest === undefined) throw new Error("it does not differ any more");
    return { ...smallest, run };
  }

  close(): Promise<void> {
    return this.otp.close();
  }

  private async difference(script: SupervisorScript, program: () => Program): Promise<Difference | undefined> {
    const otp = await this.otpTrace(erlangTerm(script));
    const ours = comparable(playOurs(script, program));
    return otp.join("|") === ours.join("|") ? undefined : { run: 0, script, ours, otp };
  }

  /** Asked once, as a script is compared with several programs. */
  private async otpTrace(term: string): Promise<readonly string[]> {
    const known = this.traces.get(term);
    if (known !== undefined) return known;
    const line = String(await this.otp.request([...Buffer.from(term)]));
    if (line.startsWith("broken")) throw new Error(`the oracle could not play ${term}: ${line}`);
    const trace = comparable(line.split("|"));
    this.traces.set(term, trace);
    return trace;
  }
}

/** For people: the script in Erlang, and what each side did. */
export function differenceText(seed: number, { run, script, ours, otp }: Difference): string {
  const width = Math.max(...otp.map((entry) => entry.length), 10);
  const lines = Array.from({ length: Math.max(otp.length, ours.length) }, (_, i) => {
    const [theirs, our] = [otp[i] ?? "", ours[i] ?? ""];
    return `${theirs === our ? " " : ">"} ${theirs.padEnd(width)}  ${our}`;
  });
  return `seed ${seed}, script ${run} (made smaller): ${erlangTerm(script)}\n  ${"OTP".padEnd(width)}  Perdure\n${lines.join("\n")}`;
}
