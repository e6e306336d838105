/** What must hold in a world at rest. */
import { isAbnormal } from "../../mailbox/index.js";
import type { Citizen, World } from "./world.js";

export function checkLaws(world: World): void {
  for (const citizen of world.citizens.values()) {
    oneHalt(citizen);
    linksAreEqual(world, citizen);
    relationsHoldOnlyTheLiving(world, citizen);
    monitorsHearOnce(world, citizen);
    linkedDeathsArrive(world, citizen);
  }
  messagesArriveOnceInOrder(world);
}

function fail(law: string, detail: string): never {
  throw new Error(`law broken: ${law}: ${detail}`);
}

const isEnded = (citizen: Citizen | undefined): boolean => citizen === undefined || citizen.process.status === "ended";

function oneHalt({ pid, process, halts }: Citizen): void {
  const expected = process.status === "ended" ? 1 : 0;
  if (halts.length !== expected)
    fail("one halt per process", `${pid.text} halted ${halts.length} times, is ${process.status}`);
}

function linksAreEqual(world: World, { pid, process }: Citizen): void {
  if (process.status === "ended") return;
  for (const bond of process.relations.links.values()) {
    const peer = world.citizens.get(bond.pid.text);
    if (peer === undefined || isEnded(peer)) continue;
    const back = peer.process.relations.links.get(pid)?.refs ?? [];
    const mine = [...bond.refs].sort();
    const theirs = back.map((ref) => -ref).sort();
    if (mine.join() !== theirs.join())
      fail("both ends of a link are equal", `${pid.text} has ${mine}, ${bond.pid.text} has ${theirs}`);
  }
}

function relationsHoldOnlyTheLiving(world: World, { pid, process }: Citizen): void {
  if (process.status === "ended") return;
  for (const table of [process.relations.links, process.relations.watching, process.relations.watchers]) {
    for (const {
      pid: { text },
    } of table.values()) {
      if (isEnded(world.citizens.get(text)))
        fail("a relation ends with its peer", `${pid.text} is still bound to ${text}, which ended`);
    }
  }
}

/** Count by what the program saw: monitors that were accepted and not withdrawn, against EXIT events. */
function monitorsHearOnce(world: World, { pid, process, program }: Citizen): void {
  if (process.status === "ended") return;
  const exits = new Map<string, number>();
  for (const note of program.notes) {
    if (note.what === "event" && note.event === "exit") exits.set(note.from!, (exits.get(note.from!) ?? 0) + 1);
  }
  const watched = new Map<string, number>();
  for (const note of program.notes) {
    const op = note.op;
    if (note.what === "answer" && op?.op === "monitor" && note.ok) {
      watched.set(op.to, (watched.get(op.to) ?? 0) + 1);
    }
  }
  for (const [target, count] of exits) {
    if (!isEnded(world.citizens.get(target))) fail("no EXIT of the living", `${pid.text} heard EXIT of ${target}`);
    // Each monitored spawn may have led to this target: as its child, or as the owner of the name it asked for.
    const spawns = program.notes.filter(
      (note) => note.what === "settled" && note.op?.op === "spawn" && note.op.monitor,
    );
    if (count > (watched.get(target) ?? 0) + spawns.length)
      fail("each monitor hears once", `${pid.text} heard ${count} EXIT of ${target}`);
  }
  const withdrew = new Set(program.notes.flatMap((note) => (note.op?.op === "demonitor" ? [note.op.to] : [])));
  for (const [target] of watched) {
    if (target === pid.text || withdrew.has(target) || !isEnded(world.citizens.get(target))) continue;
    if (!exits.has(target)) fail("each monitor hears", `${pid.text} never heard EXIT of ${target}`);
  }
}

function linkedDeathsArrive(world: World, { pid, process, program }: Citizen): void {
  if (process.status === "ended") return;
  for (const note of program.notes) {
    if (note.what !== "event" || note.event !== "link_down") continue;
    const peer = world.citizens.get(note.from!);
    if (!isEnded(peer)) fail("no LINK_DOWN of the living", `${pid.text} heard LINK_DOWN of ${note.from}`);
    const reason = peer?.halts[0];
    const refused = reason !== undefined && !isAbnormal(reason);
    // A link that found its peer dead is abnormal (noproc) even if the peer had ended normally.
    if (refused && !program.notes.some((other) => other.op?.op === "link" || other.op?.op === "spawn")) {
      fail("normal ends are silent over links", `${pid.text} heard LINK_DOWN of ${note.from}`);
    }
  }
}

function messagesArriveOnceInOrder(world: World): void {
  const received = new Map<string, number[]>();
  for (const { pid, program } of world.citizens.values()) {
    for (const note of program.notes) {
      if (note.what !== "message" || note.n === undefined || note.n < 0) continue;
      const key = `${note.from}>${pid.text}`;
      received.set(key, [...(received.get(key) ?? []), note.n]);
    }
  }
  for (const [key, numbers] of received) {
    const sorted = [...new Set(numbers)].sort((a, b) => a - b);
    if (sorted.join() !== numbers.join()) fail("messages arrive once and in order", `${key}: ${numbers}`);
  }
  for (const { from, to, n } of world.sent) {
    const done = world.citizens.get(from)?.program.notes.some((note) => note.op?.op === "send" && note.op.n === n);
    if (!done) continue;
    const arrived = received.get(`${from}>${to}`)?.includes(n) ?? false;
    if (!arrived && !world.lost.has(`${from}>${to}#${n}`))
      fail("a message arrives or is a dead letter", `${from} -> ${to} #${n}`);
  }
}
