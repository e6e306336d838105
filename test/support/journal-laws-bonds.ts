/** What must hold of links and monitors in a journal world: each death is heard once by whoever is bound to the dead, and by nobody else. */
import type { Bond, Command, Process } from "../../actors/index.js";
import { type Pid, parsePid } from "../../mailbox/index.js";
import { type Chapter, type Chronicle, hosts } from "./journal-chronicle.js";
import { type Answer, type Facts, fail } from "./journal-laws-facts.js";

export function endsAreHeardOnce(facts: Facts): void {
  for (const chronicle of facts.chronicles()) {
    monitorsHearOnce(facts, chronicle);
    linksHear(facts, chronicle);
  }
}

function monitorsHearOnce(facts: Facts, { pid, chapters }: Chronicle): void {
  const active = new Set<string>();
  const asked = new Map<string, Command>();
  /** Whose answer the program did not live to hear. */
  const unknown = new Set<string>();
  /** When it was demonitored: an EXIT may wait to be looked at by then. */
  const withdrawn = new Map<string, number>();
  for (const [k, { event, commands, now }] of chapters.entries()) {
    const where = `${pid.text} at ${k}`;
    if (event.kind === "init") {
      for (const command of asked.values()) {
        if (command.kind === "monitor") unknown.add(command.to.text);
        // The child of a spawn may be anybody.
        if (command.kind === "spawn" && command.options?.monitor === true) return;
      }
      asked.clear();
    }
    if (event.kind === "answer") {
      const before = active.size;
      const command = asked.get(event.as);
      asked.delete(event.as);
      monitorAnswered(pid, active, asked, command, event.outcome);
      // A child whose message was quicker than its spawn's answer, and that was monitored for that and died: one EXIT each.
      if (command?.kind === "spawn" && event.outcome.ok && active.size === before) {
        withdrawn.set(String(event.outcome.value), Number.POSITIVE_INFINITY);
      }
    }
    if (event.kind === "exit") {
      const { text } = event.from;
      const wasQueued = event.at <= (withdrawn.get(text) ?? 0);
      if (!active.delete(text) && !wasQueued) fail("an EXIT is heard once, by who monitors", `${where}: ${text}`);
      const isUnreachable = event.reason.kind === "failed" && event.reason.error.kind === "UNAVAILABLE";
      if (facts.isAlive(text) && !(isUnreachable && facts.wasAway))
        fail("no EXIT of the living", `${where}: ${text} ${JSON.stringify(event.reason)}`);
    }
    for (const command of commands) {
      if ("as" in command && command.as !== undefined) asked.set(command.as, command);
      if (command.kind === "monitor" && command.to.text !== pid.text) active.add(command.to.text);
      if (command.kind !== "demonitor") continue;
      active.delete(command.to.text);
      withdrawn.set(command.to.text, now);
    }
  }
  if (!facts.isAlive(pid.text)) return;
  for (const text of active) {
    if (!facts.isAlive(text) && !unknown.has(text)) fail("every EXIT is heard", `${pid.text} monitors ${text}`);
  }
}

function linksHear(facts: Facts, { pid, chapters }: Chronicle): void {
  const downs = new Map<string, number>();
  const linked = new Set<string>();
  const asked = new Map<string, Command>();
  for (const [k, { event, commands }] of chapters.entries()) {
    // What was not answered before an upgrade may have been refused.
    if (event.kind === "init") linked.clear();
    if (event.kind === "link_down") {
      downs.set(event.from.text, (downs.get(event.from.text) ?? 0) + 1);
      const isUnreachable = event.error.kind === "UNAVAILABLE" && facts.wasAway;
      if (facts.isAlive(event.from.text) && !isUnreachable)
        fail("no LINK_DOWN of the living", `${pid.text} at ${k}: ${event.from.text}`);
    }
    if (event.kind === "answer") {
      const command = asked.get(event.as);
      if (command?.kind === "link" && !event.outcome.ok) linked.delete(command.to.text);
      if (command?.kind === "spawn" && command.options?.link === true && event.outcome.ok) {
        linked.add(String(event.outcome.value));
      }
    }
    for (const command of commands) {
      if ("as" in command && command.as !== undefined) asked.set(command.as, command);
      if (command.kind === "link") linked.add(command.to.text);
      if (command.kind === "unlink") linked.delete(command.to.text);
    }
  }
  if (!facts.isAlive(pid.text)) return;
  for (const text of linked) {
    const peer = facts.chapters(text);
    if (peer === undefined || facts.isAlive(text) || downs.has(text) || text === pid.text) continue;
    const last = peer.at(-1)?.commands.at(-1);
    if (last?.kind !== "stop" || last.reason.kind !== "failed" || hasUnlinked(peer, pid)) continue;
    if (parsePid(text)!.node !== hosts.journal && !text.includes(facts.world.node.system.node)) continue;
    fail("a linked death is heard", `${pid.text} has not heard of ${text}`);
  }
}

export function relationsAreEqual(facts: Facts): void {
  const all = new Map<string, Process>(facts.inMemory);
  for (const [pid, process] of facts.world.processes) if (facts.isAlive(pid)) all.set(pid, process);
  for (const [pid, { relations }] of all) {
    for (const [what, theirs] of [
      ["links", "links"],
      ["watching", "watchers"],
      ["watchers", "watching"],
    ] as const) {
      for (const bond of relations[what].values()) {
        const peer = all.get(bond.pid.text);
        // Whom it could not announce its end to is forgotten with the process.
        if (peer === undefined && what === "watchers" && bond.pid.node !== hosts.journal) continue;
        if (peer === undefined) fail("a relation ends with its peer", `${pid} still ${what} ${bond.pid.text}`);
        sameRefs(pid, bond, what, peer.relations[theirs].get(parsePid(pid)!)?.refs ?? []);
      }
    }
  }
}

function sameRefs(
  pid: string,
  { pid: peer, refs }: Bond,
  what: "links" | "watching" | "watchers",
  theirs: readonly number[],
): void {
  const a = [...refs].sort();
  const b = theirs.map((ref) => -ref).sort();
  if (a.join() !== b.join()) fail("both ends of a relation are equal", `${pid} ${what} ${peer.text}: ${a} and ${b}`);
}

function monitorAnswered(
  pid: Pid,
  active: Set<string>,
  asked: ReadonlyMap<string, Command>,
  command: Command | undefined,
  outcome: Answer,
): void {
  if (command?.kind === "monitor" && !outcome.ok && outcome.error.kind !== "ALREADY_EXISTS") {
    const { text } = command.to;
    // A refusal may overtake the acceptance of one that was asked for before it.
    const isAskedAgain = [...asked.values()].some((one) => one.kind === "monitor" && one.to.text === text);
    if (!isAskedAgain) active.delete(text);
  }
  if (command?.kind === "spawn" && command.options?.monitor === true && outcome.ok && outcome.value !== pid.text) {
    active.add(String(outcome.value));
  }
}

function hasUnlinked(chapters: readonly Chapter[], pid: Pid): boolean {
  return chapters.some(({ commands }) => commands.some((one) => one.kind === "unlink" && one.to.text === pid.text));
}
