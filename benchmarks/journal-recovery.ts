/** Question: how long does a node that starts on a journal of many processes need until all are back? */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Measured } from "./harness.js";
import { JournalNode, type Language, sendAll, spawnAll } from "./journal-node.js";
import { type JournalPlace, opener } from "./journal-place.js";
import type { Subject } from "./rounds.js";

const entriesEach = 20;

/** What the starting node is told. */
export interface Recovery {
  readonly place: JournalPlace;
  /** `requests`: each process holds a request open and has to come back by itself. `messages`: each gets one at once, and handles it. */
  readonly by: "requests" | "messages";
  readonly pids: readonly string[];
  /** That each has had. */
  readonly messages: number;
}

/** Every start is in a new process, as it would be after a crash: nothing is warm. */
export function recoverySubjects(label: string, place: (name: string) => JournalPlace, count = 10_000): Subject[] {
  const subject = (language: Language, by: Recovery["by"]): Subject => {
    const filled = new Map<number, Recovery>();
    return {
      workload: `${label} recovery`,
      subject: `perdure-${language} ${by}`,
      unit: "processes/s",
      count,
      run: async (n) => {
        const known = filled.get(n) ?? (await fill(place(`recovery-${language}-${by}-${n}`), language, by, n));
        filled.set(n, { ...known, messages: known.messages + (by === "messages" ? 1 : 0) });
        return recover(known);
      },
    };
  };
  return [subject("ts", "requests"), subject("lua", "requests"), subject("lua", "messages")];
}

async function fill(place: JournalPlace, language: Language, by: Recovery["by"], count: number): Promise<Recovery> {
  const node = await JournalNode.start({ open: opener(place) });
  node.host.ready();
  const client = node.client("filler");
  const pids = await spawnAll(client, language, count, by === "requests" ? "busy" : "free");
  for (let i = 0; i < entriesEach; i++) await sendAll(client, pids);
  await node.close();
  return { place, by, pids: pids.map(({ text }) => text), messages: entriesEach };
}

async function recover(recovery: Recovery): Promise<readonly Measured[]> {
  const node = fork(new URL("./journal-starter.js", import.meta.url), { serialization: "advanced" });
  const ended = once(node, "exit");
  node.send(recovery);
  const [answer] = await Promise.race([once(node, "message"), ended.then(() => [undefined])]);
  const [code] = await ended;
  if (code !== 0 || answer === undefined) throw new Error(`the starting node ended with code ${code}`);
  return answer as readonly Measured[];
}
