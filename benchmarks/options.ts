/** What may be asked for on the command line, and what is wrong with it otherwise. */
import { parseArgs } from "node:util";

export interface Options {
  /** Ids of workloads. */
  readonly workloads: readonly string[];
  /** Asked for by name; undefined: all. */
  readonly subjects: readonly string[] | undefined;
  /** The journal benchmark in place of the workloads; a part of it or "" for all. */
  readonly journal: string | undefined;
  readonly rounds: number;
  /** All counts are multiplied by this. */
  readonly scale: number;
  readonly peers: boolean;
  readonly json: boolean;
  /** Folder for results and table. */
  readonly out: string | undefined;
  /** File for the chart. */
  readonly chart: string | undefined;
  readonly help: boolean;
}

/** What there is to choose from. */
export interface Choice {
  readonly workloads: readonly { readonly id: string; readonly name: string }[];
  readonly own: readonly string[];
  readonly peers: readonly string[];
}

export const journalParts = ["messages", "wake-up", "recovery"] as const;

export class OptionsError extends Error {}

export function parseOptions(args: readonly string[], choice: Choice): Options {
  const { values } = parsed(args);
  const peers = values.peers ?? false;
  const only = list(values.only);
  return {
    ...what(only, choice),
    subjects: subjects(list(values.subjects), peers, choice),
    rounds: rounds(values.rounds),
    scale: scale(values.scale),
    peers,
    json: values.json ?? false,
    out: values.out,
    chart: values.chart,
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string" },
        subjects: { type: "string" },
        rounds: { type: "string" },
        scale: { type: "string" },
        peers: { type: "boolean" },
        json: { type: "boolean" },
        out: { type: "string" },
        chart: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new OptionsError((error as Error).message);
  }
}

function list(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function what(only: readonly string[] | undefined, { workloads }: Choice): Pick<Options, "workloads" | "journal"> {
  if (only === undefined) return { workloads: workloads.map(({ id }) => id), journal: undefined };
  const journal = only.find((one) => /^journal(:|$)/.test(one));
  if (journal !== undefined) {
    const part = journal.slice("journal:".length);
    if (only.length > 1) throw new OptionsError("--only: the journal benchmark is asked for alone");
    if (part !== "" && !journalParts.some((one) => one === part)) {
      throw new OptionsError(`--only: ${journal} is none of ${journalParts.map((one) => `journal:${one}`).join(", ")}`);
    }
    return { workloads: [], journal: part };
  }
  const chosen = only.map((one) => {
    const found = workloads.find(({ id, name }) => [id, name].includes(one) || id === one.toUpperCase());
    if (found === undefined) {
      throw new OptionsError(`--only: ${one} is none of ${workloads.map(({ id }) => id).join(", ")}, journal`);
    }
    return found.id;
  });
  if (chosen.length === 0) throw new OptionsError("--only takes workloads, such as W1,W2");
  return { workloads: chosen, journal: undefined };
}

function subjects(names: readonly string[] | undefined, withPeers: boolean, choice: Choice): Options["subjects"] {
  for (const name of names ?? []) {
    if (choice.own.includes(name)) continue;
    if (!choice.peers.includes(name)) {
      throw new OptionsError(`--subjects: ${name} is none of ${[...choice.own, ...choice.peers].join(", ")}`);
    }
    if (!withPeers) throw new OptionsError(`--subjects: ${name} is a peer, and peers run with --peers only`);
  }
  if (names?.length === 0) throw new OptionsError(`--subjects takes names, such as ${choice.own[0]}`);
  return names;
}

function rounds(text = "5"): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000) return value;
  throw new OptionsError(`--rounds takes a whole number from 1 to 1000, not ${text}`);
}

function scale(text = "1"): number {
  const value = Number(text);
  if (value > 0 && value <= 100) return value;
  throw new OptionsError(`--scale takes a number above 0 and up to 100, not ${text}`);
}
