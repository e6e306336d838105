/**
 * What a script did on Erlang/OTP, in the words of the comparison: every intended difference between Erlang and us is mapped here, and
 * listed in docs/erlang.md.
 */
import type { ErlangNode } from "./node.js";
import { type Script, scriptTerm } from "./script.js";
import type { Term } from "./terms.js";

/** Targets are `["p", index]` or `["name", name]`. */
export type PlayedAct = readonly [verb: string, ...rest: Term[]];

export interface PlayedStep {
  readonly lanes: readonly (readonly [actor: number, acts: readonly PlayedAct[]])[];
  readonly settle: readonly PlayedAct[];
  /** What was seen, one fact a line, sorted; see `factLines`. */
  readonly facts: readonly string[];
}

/** What one side saw of one step, by index of process. */
export interface Facts {
  readonly results: readonly (readonly [actor: number, act: number, result: string])[];
  /** In order per pair. */
  readonly got: readonly (readonly [receiver: number, sender: number, item: string])[];
  readonly ends: readonly (readonly [index: number, reason: string])[];
  readonly living: readonly Standing[];
}

export interface Standing {
  readonly index: number;
  readonly links: readonly number[];
  readonly watching: readonly number[];
  readonly watchers: readonly number[];
  readonly traps: boolean;
  readonly names: readonly string[];
}

/**
 * What a process got in the step in which it ended says nothing: whether it looked before its end is a race on both sides. So are the
 * answers that its end came before.
 */
export function factLines({ results, got, ends, living }: Facts): string[] {
  const alive = new Set(living.map(({ index }) => index));
  const lines = [
    ...results.filter(([actor]) => alive.has(actor)).map(([actor, act, result]) => `${actor} act ${act}: ${result}`),
    ...ends.map(([index, reason]) => `${index} ended: ${reason}`),
    ...living.map(standingLine),
  ];
  const pairs = new Map<string, string[]>();
  for (const [receiver, sender, item] of got) {
    if (!alive.has(receiver)) continue;
    const pair = `${receiver} got of ${sender}:`;
    const items = pairs.get(pair);
    if (items === undefined) pairs.set(pair, [item]);
    else items.push(item);
  }
  for (const [pair, items] of pairs) lines.push(`${pair} ${items.join(", ")}`);
  return lines.sort();
}

function standingLine({ index, links, watching, watchers, traps, names }: Standing): string {
  const list = (indexes: readonly number[]): string => [...indexes].sort((a, b) => a - b).join(" ");
  return `${index} lives: links ${list(links)}; watches ${list(watching)}; watched by ${list(watchers)}; ${traps ? "traps" : "does not trap"}; names ${[...names].sort().join(" ")}`;
}

/** Undefined: a step that had nobody to play it. */
export async function playOnErlang(erlang: ErlangNode, script: Script): Promise<(PlayedStep | undefined)[]> {
  const answer = await erlang.request(scriptTerm(script));
  if (!Array.isArray(answer) || answer[0] === "failed") throw new Error(`Erlang failed: ${JSON.stringify(answer)}`);
  const dead = new Set<number>();
  return (answer as Term[]).map((step) => {
    if (step === "skipped") return undefined;
    return playedStep(step as unknown as RawStep, dead);
  });
}

type RawStep = readonly [
  lanes: PlayedStep["lanes"],
  settle: PlayedStep["settle"],
  results: readonly (readonly [actor: number | "none", act: number, result: Term])[],
  got: readonly (readonly [receiver: number, item: RawItem])[],
  enders: readonly (readonly [index: number, reason: Term])[],
  dead: readonly (readonly [index: number, reason: Term])[],
  living: readonly (readonly [
    index: number,
    links: readonly number[],
    watching: readonly number[],
    watchers: readonly number[],
    traps: boolean,
    name: Term,
  ])[],
];

type RawItem =
  | readonly ["message", from: number, n: number]
  | readonly ["exit", from: number, reason: Term, stale: boolean]
  | readonly ["down", from: number | "none", id: number, reason: Term, stale: boolean];

function playedStep(raw: RawStep, deadBefore: Set<number>): PlayedStep {
  const [lanes, settle, results, got, , dead, living] = raw;
  const ends = new Map(dead.map(([index]) => [index, endOf(raw, index)]));
  const facts: Facts = {
    results: results.map(([actor, k, result]) => [
      Number(actor),
      k,
      resultText(actOf(raw, Number(actor), k), result, deadBefore),
    ]),
    got: gotOf(got, ends, deadBefore),
    ends: [...ends],
    living: living.map(([index, links, watching, watchers, traps, name]) => {
      const names = typeof name === "string" ? [name] : [];
      return { index, links, watching, watchers, traps, names };
    }),
  };
  for (const [index] of dead) deadBefore.add(index);
  return { lanes, settle, facts: factLines(facts) };
}

/** The act behind a result; a child's acts are those of the spawn. */
function actOf([lanes, settle]: RawStep, actor: number, k: number): PlayedAct {
  if (k >= 100) return settle[k - 100]!;
  const lane = lanes.find(([index]) => index === actor);
  if (lane !== undefined) return lane[1][k]!;
  const spawn = lanes.flatMap(([, acts]) => acts).find(([verb]) => verb === "spawn")!;
  return (spawn[4] as unknown as PlayedAct[])[k]!;
}

/** Erlang hands the reason of a first end on to all that end with it; we say `linked process failed` of them. */
function endOf([, , results, , enders, dead]: RawStep, index: number): string {
  const own = enders.find(([ender]) => ender === index);
  if (own !== undefined) return ownEnd(own[1]);
  const killed = results.some(([, , result]) => isTerm(result, "killed") && result[1] === index);
  const reason = JSON.stringify(dead.find(([other]) => other === index)![1]);
  if (killed) return reason === '"killed"' ? "killed" : `killed, but says ${reason}`;
  const roots = [...enders.map(([, given]) => JSON.stringify(given)), '"killed"'];
  return roots.includes(reason) ? "linked" : `of nothing that was done: ${reason}`;
}

function ownEnd(reason: Term): string {
  if (reason === "normal") return "normal";
  return typeof reason === "string" ? `exit ${reason}` : `INTERNAL ${(reason as Term[])[1]}`;
}

function isTerm(term: Term, tag: string): term is readonly Term[] {
  return Array.isArray(term) && term[0] === tag;
}

function resultText(act: PlayedAct, result: Term, dead: ReadonlySet<number>): string {
  const [verb, first, second] = act;
  const isDead = (target: Term | undefined): boolean => isTerm(target!, "p") && dead.has(target[1] as number);
  switch (verb) {
    // Erlang sends to the dead, links to them and monitors them with success, and says what it means by a signal; we answer.
    case "send":
    case "link":
    case "kill":
      return isDead(first) || result === "noproc" ? "noproc" : "ok";
    case "monitor":
      if (isDead(first) || result === "noproc") return "noproc";
      // Any number of monitors against one.
      return (result as Term[])[2] === true ? "already" : "ok";
    case "register":
      if (isDead(second)) return "noproc";
      if (!isTerm(result, "taken")) return String(result);
      // The same owner again is no failure here.
      return (second as Term[])[1] === result[1] ? "ok" : "taken";
    case "whereis":
    case "spawn":
      return typeof result === "string" ? result : `pid ${(result as Term[])[1]}`;
    default:
      return String(result);
  }
}

function gotOf(
  got: RawStep[3],
  ends: ReadonlyMap<number, string>,
  dead: ReadonlySet<number>,
): (readonly [number, number, string])[] {
  const items: [number, number, string][] = [];
  for (const [receiver, item] of got) {
    const [kind, from] = item;
    if (kind === "message") items.push([receiver, from, `message ${item[2]}`]);
    // What Erlang says of a link or monitor that found nobody is our answer NOT_FOUND.
    else if (from === "none" || dead.has(from)) continue;
    else {
      const end = `${ends.get(from) ?? "is not dead"}${item.at(-1) === true ? ", and its name is still taken" : ""}`;
      // A normal end over a link is silent here.
      if (kind === "exit" && item[2] !== "normal") items.push([receiver, from, `down ${end}`]);
      if (kind === "down" && !isRepeated(items, receiver, from, `exit ${end}`))
        putMonitorFirst(items, receiver, from, `exit ${end}`);
    }
  }
  return items;
}

/** Several monitors of one pair end in as many messages; here they are one monitor. */
function isRepeated(
  items: readonly (readonly [number, number, string])[],
  to: number,
  from: number,
  text: string,
): boolean {
  return items.some(([receiver, sender, item]) => receiver === to && sender === from && item === text);
}

/** Erlang tells over links first, and then over monitors; here it is the other way round. */
function putMonitorFirst(items: [number, number, string][], to: number, from: number, text: string): void {
  const link = items.findIndex(
    ([receiver, sender, item]) => receiver === to && sender === from && item.startsWith("down "),
  );
  if (link < 0) items.push([to, from, text]);
  else items.splice(link, 0, [to, from, text]);
}
