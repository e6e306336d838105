/** Revival: a process comes back from its journal. The same inputs are fed again; what was committed of their effects is not repeated. */
import type { Input } from "../../actors/index.js";

import { parsePid } from "../../mailbox/index.js";
import { JournalError } from "./journal.js";
import type { Passive } from "./passive.js";
import { readBase, readOut, readSpec, readTurn } from "./records.js";
import { Slot } from "./slot.js";
import type { LoadedProgram, SlotHost } from "./slot-host.js";

/** Throws a JournalError when what is stored cannot be read or cannot be where the process comes from. */
export function revive(
  host: SlotHost,
  passive: Pick<Passive, "pid" | "state">,
  records: readonly string[],
  loaded: LoadedProgram,
): Slot {
  const { pid, state } = passive;
  const [first, ...rest] = records;
  if (first === undefined) throw new JournalError("INTERNAL", `the journal has no records of ${pid.text}`);
  const base = readBase(first, pid.text);
  const turns = rest.map((text) => readTurn(text, pid));
  const inputs = turns.flatMap((turn) => turn.inputs);
  const { workflow, from, start, incarnation } = base;
  const slot = new Slot(host, {
    pid,
    incarnation,
    loaded,
    ...(workflow === undefined ? {} : { workflow }),
    ...(from === undefined ? {} : { from }),
  });
  slot.requests.restore(base.open);
  for (const row of state.out ?? []) {
    const { envelope, tag, at } = readOut(row);
    slot.outgoing.restore(envelope, tag, at);
  }
  slot.key = base.key ?? 0;
  slot.effects.beginReplay(state.x, {
    refused: new Map(turns.flatMap((turn) => [...turn.refused])),
    deferred: deferredTags(inputs, state.deferred ?? []),
  });
  if (start !== undefined) {
    const spec = readSpec(start.spec);
    slot.key = spec.key;
    slot.feed({ kind: "start", at: start.at, spec });
  } else if (from?.upgrade !== undefined) slot.become(loaded.program);
  else {
    const problem = slot.process.restored(from!.state!, slot.port);
    if (problem !== undefined) throw new JournalError("INTERNAL", `${pid.text} cannot go on: ${problem.message}`);
  }
  replay(slot, inputs, state.busy === 1);
  slot.bound(slot.process.entry);
  return slot;
}

/** Their answer is an input of its own. */
function deferredTags(inputs: readonly Input[], open: readonly number[]): Set<number> {
  const tags = new Set(open);
  for (const input of inputs) if (input.kind === "answered") tags.add(input.tag);
  return tags;
}

/** `isBusy`: the last input may not have come to its end, and the process goes on from there in its own turn. */
function replay(slot: Slot, inputs: readonly Input[], isBusy: boolean): void {
  slot.slices = 1;
  for (let i = -1; i < inputs.length; i++) {
    const input = inputs[i];
    if (input !== undefined) {
      slot.slices = 1;
      slot.takeAgain(input);
    }
    const next = inputs[i + 1];
    if (next === undefined && isBusy) return;
    settle(slot, next?.kind === "overrun" ? next.slices : Number.POSITIVE_INFINITY);
  }
}

/** Let the process run until it waits, as it did when it was recorded; at most the slices it was granted then. */
function settle(slot: Slot, slices: number): void {
  const { process } = slot;
  while (!process.hasEnded && process.upgrading === undefined) {
    if (process.runnable) {
      if (slot.slices >= slices) return;
      slot.slice();
      slot.slices++;
    } else if (!slot.feedAnswer()) return;
  }
}

/** Pid of a stored process. */
export function storedPid(node: string, host: string, id: string): Passive["pid"] {
  return parsePid(`{${node}@${host}|${id}}`)!;
}
