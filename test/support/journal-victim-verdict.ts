/** What must hold of a journal after many lives of the victim, whatever they died of. */
import type { DumpOfReceiver, DumpOfSecond } from "./journal-victim-life.js";
import { handledWrongly, type Sender } from "./journal-victim-senders.js";

export interface Heard {
  /** `sender number id`, over all lives. */
  readonly handled: readonly string[];
  /** `sender number receipt key`, over all lives. */
  readonly executed: readonly string[];
}

/** What is wrong; empty when nothing is. */
export function verdict(
  senders: readonly Sender[],
  heard: Heard,
  receiver: DumpOfReceiver,
  second: DumpOfSecond,
): string[] {
  const rows = rowsOf(receiver);
  return [
    ...senders.flatMap(
      (sender) =>
        handledWrongly(
          sender,
          rows.filter(([id]) => Number(id) === sender.id).map(([, number]) => Number(number)),
        ) ?? [],
    ),
    ...forwarded(rows, second.seen),
    ...printedOnce(rows, heard.handled),
    ...calls(rows, heard.executed),
    ...timers(second),
    ...ticks(second),
  ];
}

/** Only whether the second process saw what the first forwarded. */
export function forwardedWrongly(receiver: DumpOfReceiver, { seen }: DumpOfSecond): string[] {
  return [...forwarded(rowsOf(receiver), seen)];
}

function rowsOf({ handled }: DumpOfReceiver): Row[] {
  return handled.map((row) => row.split(" ") as [string, string, string, string]);
}

type Row = readonly [sender: string, number: string, id: string, receipt: string];

/** From process to process: each once, in order, with the id that was drawn at random in the first. */
function* forwarded(rows: readonly Row[], seen: readonly string[]): Generator<string> {
  const sent = rows.map(([sender, number, id]) => `${sender} ${number} ${id}`);
  for (let i = 0; i < Math.max(sent.length, seen.length); i++) {
    if (sent[i] === seen[i]) continue;
    yield `forwarded ${i}: ${sent[i]} was sent, ${seen[i]} was seen (of ${sent.length} and ${seen.length})`;
    return;
  }
}

/** What left the node follows from what is stored, and left it once. */
function* printedOnce(rows: readonly Row[], printed: readonly string[]): Generator<string> {
  const stored = new Set(rows.map(([sender, number, id]) => `${sender} ${number} ${id}`));
  const seen = new Set<string>();
  for (const line of printed) {
    if (!stored.has(line)) yield `printed, and not in the journal: ${line}`;
    if (seen.has(line)) yield `printed twice: ${line}`;
    seen.add(line);
  }
}

/** However often a call was executed, it had one key, and one of its receipts became its result. */
function* calls(rows: readonly Row[], executed: readonly string[]): Generator<string> {
  const callOf = new Map<string, string>();
  const receipts = new Map<string, string>();
  for (const line of executed) {
    const [sender, number, receipt = "", ...rest] = line.split(" ");
    const key = rest.join(" ");
    const call = `${sender} ${number}`;
    if ((callOf.get(key) ?? call) !== call) yield `one key for two calls: ${key} for ${callOf.get(key)} and ${call}`;
    callOf.set(key, call);
    receipts.set(receipt, key);
  }
  const used = new Set<string>();
  for (const [sender, number, , receipt] of rows) {
    if ((receipt === "none") === (Number(number) % 4 === 0)) yield `${sender} ${number} has the receipt ${receipt}`;
    if (receipt === "none") continue;
    const key = receipts.get(receipt);
    if (key === undefined || callOf.get(key) !== `${sender} ${number}`) {
      yield `${sender} ${number} has the receipt ${receipt}, which no execution of it gave`;
    } else if (used.has(key)) yield `two calls had the key ${key}`;
    else used.add(key);
  }
  for (const key of callOf.keys()) if (!used.has(key)) yield `executed, and not in the journal: ${key}`;
}

/** Each fires once, and not before its time. */
function* timers({ armed, fired, delay }: DumpOfSecond): Generator<string> {
  const due = new Map(armed.map((row) => row.split(" ")).map(([name, at]) => [name, Number(at) + delay]));
  const seen = new Set<string>();
  for (const [name = "", at] of fired.map((row) => row.split(" "))) {
    if (seen.has(name)) yield `timer ${name} fired twice`;
    seen.add(name);
    if (!(Number(at) >= due.get(name)!)) yield `timer ${name} was due at ${due.get(name)} and fired at ${at}`;
  }
  for (const name of due.keys()) if (!seen.has(name!)) yield `timer ${name} has not fired`;
}

/** No tick before its time, which also means that no tick comes twice; after a pause one tick makes up for those it missed. */
function* ticks({ ticks: times, started, period }: DumpOfSecond): Generator<string> {
  let due = started + period;
  for (const [i, at] of times.entries()) {
    if (at < due) yield `tick ${i} was due at ${due} and came at ${at}`;
    due = due + period > at ? due + period : at + period;
  }
}
