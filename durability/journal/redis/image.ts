/** What is read from a journal: who owns it, the states of its processes, their records. Writes nothing. */
import type { Link } from "./connection.js";
import { fieldOf, idOf, type Keys } from "./keys.js";

/** Texts as stored; empty when missing. */
export interface Meta {
  readonly epoch: string;
  readonly owner: string;
  readonly head: string;
  readonly broken: string;
}

/** Per round trip: few enough that commits of other connections hardly wait for it. */
const statesAtOnce = 1_000;
const processesAtOnce = 200;

export async function readMeta(link: Link, keys: Keys): Promise<Meta> {
  const texts = (await link.send(["hmget", [keys.meta, "epoch", "owner", "head", "broken"]])) as (string | null)[];
  const [epoch, owner, head, broken] = texts;
  return { epoch: epoch ?? "", owner: owner ?? "", head: head ?? "", broken: broken ?? "" };
}

/** Complete for every process that is not written to meanwhile. */
export async function readStates(link: Link, keys: Keys): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  let cursor = "0";
  do {
    const args = [keys.states, cursor, "COUNT", String(statesAtOnce)];
    const [next, pairs] = (await link.send(["hscan", args])) as [string, string[]];
    for (let at = 0; at < pairs.length; at += 2) states.set(idOf(pairs[at]!), pairs[at + 1]!);
    cursor = next;
  } while (cursor !== "0");
  return states;
}

export async function readSources(link: Link, keys: Keys): Promise<string[]> {
  return (await link.send(["hkeys", [keys.sources]])) as string[];
}

/** In the order of `ids`. */
export async function readRecords(link: Link, keys: Keys, ids: readonly string[]): Promise<string[][]> {
  const found: string[][] = [];
  for (let at = 0; at < ids.length; at += processesAtOnce) {
    const some = ids.slice(at, at + processesAtOnce);
    const answers = link.sendAll(some.map((id) => ["lrange", [keys.records(fieldOf(id)), "0", "-1"]]));
    for (const records of await Promise.all(answers)) found.push(records as string[]);
  }
  return found;
}
