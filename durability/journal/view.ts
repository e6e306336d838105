/** View: what a journal holds of one process, decoded into plain JSON data with words in place of short keys. For people and for export. */
import type { Input } from "../../actors/index.js";
import type { Delivery, Pid } from "../../mailbox/index.js";
import type { StoredTexts } from "./journal.js";
import { type Base, type OutRow, readBase, readState, readTurn, type StoredEnd, type StoredState } from "./records.js";

/** The main facts of a process. Times are ms since 1970. */
export interface ProcessRow {
  readonly pid: string;
  readonly id: string;
  /** `has work`: it waits for more than messages and timers. `unreadable`: its state cannot be read, nor what follows from it. */
  readonly status: "waiting" | "has work" | "ended" | "unreadable";
  readonly entry?: string;
  readonly inputs?: number;
  /** Of its records and its state. */
  readonly bytes: number;
  readonly lastInputAt?: number;
  /** Its earliest timer. */
  readonly dueAt?: number;
  readonly names: readonly string[];
  /** Envelopes that their receivers may not have. */
  readonly undelivered: number;
}

export interface ProcessView extends ProcessRow {
  readonly incarnation?: string;
  readonly source?: string;
  /** Committed ones, counted from the base. */
  readonly effects?: number;
  readonly isWorkflow: boolean;
  readonly closePolicy?: StoredState["close"];
  readonly end?: StoredEnd;
  /** Tags of transmissions whose answer is still to come. */
  readonly deferred: readonly number[];
  readonly boundNodes: readonly string[];
  readonly outbox: readonly OutRow[];
  readonly base?: Base;
  readonly journal: readonly InputView[];
  /** Answers other than accepted that were known at once, by tag. */
  readonly refused: readonly (readonly [tag: number, delivery: Delivery])[];
  /** What cannot be read; then `raw` has the texts. */
  readonly problems: readonly string[];
  readonly raw?: StoredTexts;
}

/** An input with pids as texts. */
export type InputView =
  | Exclude<Input, { kind: "envelope" } | { kind: "spawned" }>
  | (Omit<Extract<Input, { kind: "envelope" }>["envelope"], "from" | "to"> & {
      readonly kind: "envelope";
      readonly at: number;
      readonly from: string;
    })
  | {
      readonly kind: "spawned";
      readonly at: number;
      readonly tag: number;
      readonly result:
        | Exclude<Extract<Input, { kind: "spawned" }>["result"], { ok: true }>
        | { readonly ok: true; readonly pid: string; readonly existed: boolean };
    };

export function viewRow(pid: Pid, texts: StoredTexts): ProcessRow {
  const state = stateOf(pid, texts);
  const bytes = [texts.state, ...texts.records].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const place = { pid: pid.text, id: pid.id, bytes };
  if (typeof state === "string") return { ...place, status: "unreadable", names: [], undelivered: 0 };
  const { entry, n: inputs, at: lastInputAt, due, names = [], out = [], end, busy } = state;
  const status = end !== undefined ? "ended" : busy === 1 ? "has work" : "waiting";
  return {
    ...place,
    status,
    entry,
    inputs,
    lastInputAt: end?.at ?? lastInputAt,
    ...(due === undefined ? {} : { dueAt: due }),
    names,
    undelivered: out.length,
  };
}

/** Never throws: what cannot be read is listed. */
export function viewProcess(pid: Pid, texts: StoredTexts): ProcessView {
  const problems: string[] = [];
  const state = stateOf(pid, texts);
  if (typeof state === "string") problems.push(state);
  const { base, journal, refused } = viewRecords(pid, texts.records, problems);
  return {
    ...viewRow(pid, texts),
    ...(typeof state === "string" ? unknownState : viewState(state)),
    ...(base === undefined ? {} : { base }),
    journal,
    refused,
    problems,
    ...(problems.length === 0 ? {} : { raw: texts }),
  };
}

type StatePart = Pick<ProcessView, "isWorkflow" | "deferred" | "boundNodes" | "outbox"> & Partial<ProcessView>;

const unknownState: StatePart = { isWorkflow: false, deferred: [], boundNodes: [], outbox: [] };

function viewState(state: StoredState): StatePart {
  const { inc, hash, x, workflow, close, end, deferred = [], nodes = [], out = [] } = state;
  return {
    incarnation: inc,
    source: hash,
    effects: x,
    isWorkflow: workflow === 1 || end?.workflow === 1,
    ...(close === undefined ? {} : { closePolicy: close }),
    ...(end === undefined ? {} : { end }),
    deferred,
    boundNodes: nodes,
    outbox: out,
  };
}

function viewRecords(
  pid: Pid,
  [first, ...rest]: readonly string[],
  problems: string[],
): Pick<ProcessView, "journal" | "refused"> & { base?: Base } {
  const journal: InputView[] = [];
  const refused: (readonly [number, Delivery])[] = [];
  let base: Base | undefined;
  const reading = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  };
  if (first !== undefined) {
    reading(() => {
      base = readBase(first, pid.text);
    });
  }
  for (const text of rest) {
    reading(() => {
      const turn = readTurn(text, pid);
      journal.push(...turn.inputs.map(viewInput));
      refused.push(...turn.refused);
    });
  }
  return { ...(base === undefined ? {} : { base }), journal, refused };
}

function viewInput(input: Input): InputView {
  if (input.kind === "envelope") {
    const { from, to: _self, ...envelope } = input.envelope;
    return { kind: "envelope", at: input.at, from: from.text, ...envelope };
  }
  if (input.kind !== "spawned") return input;
  const { at, tag, result } = input;
  return { kind: "spawned", at, tag, result: result.ok ? { ...result, pid: result.pid.text } : result };
}

/** Or why it cannot be read. */
function stateOf(pid: Pid, texts: StoredTexts): StoredState | string {
  try {
    return readState(texts.state, pid.text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
