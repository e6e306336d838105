/** What must hold at the end of a journal world. */
import type { Process } from "../../actors/index.js";
import type { Relations } from "../../actors/index.js";
import type { Command } from "../../actors/index.js";
import { type Pid, parsePid } from "../../mailbox/index.js";
import type { Chapter, Chronicle } from "./journal-citizen.js";
import { hosts } from "./journal-citizen.js";
import { checkLua, luaTruth } from "./journal-lua.js";
import type { Heard, JournalWorld } from "./journal-world.js";

export function checkJournalLaws(world: JournalWorld): void {
  const laws = new JournalLaws(world);
  if (world.rolledBack) laws.checkWeak();
  else laws.check();
}

interface Sent {
  readonly n: number;
  /** Undefined: the sender was never told. */
  ok: boolean | undefined;
  kind: string;
}

type StoredState = { readonly end?: { readonly until: number }; readonly names?: readonly string[] };

class JournalLaws {
  private readonly world: JournalWorld;
  private readonly stored = new Map<string, StoredState>();
  /** Processes of memory hosts that live now. */
  private readonly inMemory: ReadonlyMap<string, Process>;

  constructor(world: JournalWorld) {
    this.world = world;
    for (const [id, { state }] of world.stored()) {
      this.stored.set(`{${hosts.journal}@${hosts.journal}|${id}}`, JSON.parse(state) as StoredState);
    }
    const { slots } = world.node.memory as unknown as { slots: Map<string, { pid: Pid; process: Process }> };
    this.inMemory = new Map([...slots.values()].map(({ pid, process }) => [pid.text, process]));
  }

  checkWeak(): void {
    this.namesPointToTheLiving();
    this.healthIsGood();
    this.everybodyAnswers();
    this.messagesArriveOnceInOrder();
  }

  check(): void {
    this.healthIsGood();
    this.everybodyAnswers();
    this.nothingIsKeptOfTheDead();
    this.namesPointToTheLiving();
    this.everythingHeardIsTrue();
    this.everythingAskedIsAnsweredOnce();
    this.messagesArriveOnceInOrder();
    this.luaMessagesArriveOnce();
    this.endsAreHeardOnce();
    this.relationsAreEqual();
    this.childrenAreBornOnce();
    checkLua(this.world, fail);
  }

  private isAlive(pid: string): boolean {
    const state = this.stored.get(pid);
    return (state !== undefined && state.end === undefined) || this.inMemory.has(pid);
  }

  private *chronicles(): Generator<Chronicle> {
    yield* this.world.chronicles.all.values();
  }

  private healthIsGood(): void {
    const bad = this.world.health.find((line) => /stopped as it is|cannot come back|effect failed|threw/.test(line));
    if (bad !== undefined) fail("no process is stuck", bad);
  }

  private everybodyAnswers(): void {
    for (const [pid, { end }] of this.stored) {
      if (end !== undefined || this.world.luaSaid.get(pid)?.all !== undefined) continue;
      const isAsked = this.world.chronicles.all
        .get(pid)
        ?.chapters.some(({ event }) => event.kind === "message" && event.from.text === this.world.asking);
      if (isAsked !== true) fail("everybody who is stored lives", pid);
    }
  }

  private nothingIsKeptOfTheDead(): void {
    for (const [pid, { end }] of this.stored) {
      if (end === undefined) continue;
      // A parent that ended before it heard of the child cannot say that it knows.
      const first = this.world.chronicles.all.get(pid)?.chapters[0]?.event;
      const parent = first?.kind === "init" ? (first.args[0] as { birth?: Heard }).birth?.by : undefined;
      if (parent === undefined || this.isAlive(parent)) fail("an ended process leaves nothing", `${pid} is stored until ${end.until}`);
    }
  }

  private namesPointToTheLiving(): void {
    const owned = new Map<string, string>();
    for (const [name, pid] of this.world.node.system.names.list()) {
      if (!this.isAlive(pid.text)) fail("names point to the living", `${name} is ${pid.text}, which has ended`);
      owned.set(name, pid.text);
    }
    for (const [pid, { names = [] }] of this.stored) {
      for (const name of names) {
        if (owned.get(name) !== pid && !this.world.rolledBack) {
          fail("a stored name is held", `${pid} is stored as ${name}, which is ${owned.get(name)}`);
        }
      }
    }
    if (this.world.rolledBack) return;
    for (const [name, pid] of owned) {
      if (this.stored.has(pid) && !(this.stored.get(pid)!.names ?? []).includes(name)) {
        fail("a name that is held is stored", `${name} of ${pid}`);
      }
    }
  }

  /** Whatever anybody was told comes from the one history of who said it. */
  private everythingHeardIsTrue(): void {
    const check = (heard: Heard, where: string): void => {
      const { by, k, d } = heard;
      if (!this.world.chronicles.all.has(by)) {
        const isTrue = luaTruth(this.world, heard);
        if (isTrue === true || (isTrue === undefined && this.world.luaSaid.has(by))) return;
      }
      const digest = this.world.chronicles.all.get(by)?.chapters[k]?.digest;
      if (digest !== d) fail("nothing is heard of a past that was lost", `${by} at ${k}: ${d} is not ${digest}; ${where}`);
    };
    for (const heard of this.world.heard) check(heard, "heard outside");
    for (const { pid, chapters } of this.chronicles()) {
      for (const { event } of chapters) {
        const payload = event.kind === "message" ? event.payloads[0] : undefined;
        if (isHeard(payload)) check(payload, `heard by ${pid.text}`);
      }
    }
  }

  private everythingAskedIsAnsweredOnce(): void {
    for (const { pid, chapters } of this.chronicles()) {
      const open = new Map<string, { command: Command; now: number }>();
      for (const [k, { event, commands, now }] of chapters.entries()) {
        if (event.kind === "init") open.clear();
        if (event.kind === "answer") {
          const asked = open.get(event.as);
          if (asked === undefined) fail("an answer answers something", `${pid.text} at ${k}: ${event.as}`);
          open.delete(event.as);
          timerIsNotEarly(pid, asked, now);
        }
        for (const command of commands) {
          if ("as" in command && command.as !== undefined) open.set(command.as, { command, now });
        }
      }
      if (!this.isAlive(pid.text)) continue;
      for (const [as, { command }] of open) {
        if (command.kind === "exec") continue;
        fail("whatever is asked is answered", `${pid.text}: ${as} ${JSON.stringify(command)}`);
      }
    }
  }

  private messagesArriveOnceInOrder(): void {
    const sent = this.allSent();
    for (const { pid, chapters } of this.chronicles()) {
      const got = new Map<string, number[]>();
      for (const { event, now } of chapters) {
        if (event.kind !== "message" || event.topic !== "n" || now < this.world.lawfulFrom) continue;
        const { n } = event.payloads[0] as { n: number };
        got.set(event.from.text, [...(got.get(event.from.text) ?? []), n]);
      }
      for (const [from, list] of sent.get(pid.text) ?? []) {
        const numbers = new Set(list.map(({ n }) => n));
        const all = got.get(from) ?? [];
        this.compare(from, pid.text, list, this.world.rolledBack ? all.filter((n) => numbers.has(n)) : all);
        got.delete(from);
      }
      if (this.world.rolledBack) continue;
      for (const [from, list] of got) fail("only what was sent arrives", `${from} > ${pid.text}: ${list}`);
    }
  }

  /** What Lua citizens send is numbered too. */
  private luaMessagesArriveOnce(): void {
    for (const { pid, chapters } of this.chronicles()) {
      const last = new Map<string, number>();
      for (const { event } of chapters) {
        if (event.kind !== "message" || event.topic !== "lua") continue;
        const { n } = event.payloads[0] as { n: number };
        const { text } = event.from;
        if (n <= (last.get(text) ?? 0)) fail("each message arrives once and in order", `${text} > ${pid.text}: ${n}`);
        last.set(text, n);
      }
    }
  }

  private compare(from: string, to: string, sent: readonly Sent[], got: readonly number[]): void {
    const about = `${from} > ${to}: sent ${sent.map(({ n, ok, kind }) => `${n}${ok === undefined ? "?" : ok ? "" : kind}`)}, got ${got}`;
    let at = 0;
    for (const { n, ok, kind } of sent) {
      if (got[at] === n) {
        if (ok === false && kind !== "UNAVAILABLE") fail("what is refused does not arrive", `${n} ${about}`);
        at++;
      } else if (ok === true && this.isAlive(to)) fail("what is acknowledged arrives", `${n} ${about}`);
    }
    if (at < got.length) fail("each message arrives once and in order", about);
  }

  /** By receiver and sender, in order. */
  private allSent(): Map<string, Map<string, Sent[]>> {
    const all = new Map<string, Map<string, Sent[]>>();
    const note = (from: string, to: string, sent: Sent): Sent => {
      const mine = all.get(to) ?? new Map<string, Sent[]>();
      all.set(to, mine.set(from, [...(mine.get(from) ?? []), sent]));
      return sent;
    };
    const { told, lawfulFrom, rolledBack } = this.world;
    for (const { from, to, n, outcome } of rolledBack ? [] : told) note(from, to, { n, ...verdict(outcome) });
    for (const { pid, chapters } of this.chronicles()) {
      const open = new Map<string, Sent>();
      for (const { event, commands, now } of chapters) {
        if (event.kind === "answer") Object.assign(open.get(event.as) ?? {}, verdict(event.outcome));
        for (const command of commands) {
          if (command.kind !== "send" || now < lawfulFrom) continue;
          const { n } = command.payloads[0] as { n: number };
          open.set(command.as!, note(pid.text, command.to.text, { n, ok: undefined, kind: "" }));
        }
      }
    }
    return all;
  }

  private endsAreHeardOnce(): void {
    for (const chronicle of this.chronicles()) {
      this.monitorsHearOnce(chronicle);
      this.linksHear(chronicle);
    }
  }

  private monitorsHearOnce({ pid, chapters }: Chronicle): void {
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
        monitorAnswered(pid, active, command, event.outcome);
        // A child whose message was quicker than its spawn's answer, and that was monitored for that and died: one EXIT each.
        if (command?.kind === "spawn" && event.outcome.ok && active.size === before) {
          withdrawn.set(String(event.outcome.value), Number.POSITIVE_INFINITY);
        }
        asked.delete(event.as);
      }
      if (event.kind === "exit") {
        const { text } = event.from;
        const wasQueued = event.at <= (withdrawn.get(text) ?? 0);
        if (!active.delete(text) && !wasQueued) fail("an EXIT is heard once, by who monitors", `${where}: ${text}`);
        const isUnreachable = event.reason.kind === "failed" && event.reason.error.kind === "UNAVAILABLE";
        if (this.isAlive(text) && !(isUnreachable && this.world.wasAway)) fail("no EXIT of the living", `${where}: ${text} ${JSON.stringify(event.reason)}`);
      }
      for (const command of commands) {
        if ("as" in command && command.as !== undefined) asked.set(command.as, command);
        if (command.kind === "monitor" && command.to.text !== pid.text) active.add(command.to.text);
        if (command.kind !== "demonitor") continue;
        active.delete(command.to.text);
        withdrawn.set(command.to.text, now);
      }
    }
    if (!this.isAlive(pid.text)) return;
    for (const text of active) {
      if (!this.isAlive(text) && !unknown.has(text)) fail("every EXIT is heard", `${pid.text} monitors ${text}`);
    }
  }

  private linksHear({ pid, chapters }: Chronicle): void {
    const downs = new Map<string, number>();
    const linked = new Set<string>();
    const asked = new Map<string, Command>();
    for (const [k, { event, commands }] of chapters.entries()) {
      // What was not answered before an upgrade may have been refused.
      if (event.kind === "init") linked.clear();
      if (event.kind === "link_down") {
        downs.set(event.from.text, (downs.get(event.from.text) ?? 0) + 1);
        const isUnreachable = event.error.kind === "UNAVAILABLE" && this.world.wasAway;
        if (this.isAlive(event.from.text) && !isUnreachable) fail("no LINK_DOWN of the living", `${pid.text} at ${k}: ${event.from.text}`);
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
    if (!this.isAlive(pid.text)) return;
    for (const text of linked) {
      const peer = this.world.chronicles.all.get(text)?.chapters;
      if (peer === undefined || this.isAlive(text) || downs.has(text) || text === pid.text) continue;
      const last = peer.at(-1)?.commands.at(-1);
      if (last?.kind !== "stop" || last.reason.kind !== "failed" || hasUnlinked(peer, pid)) continue;
      if (parsePid(text)!.node !== hosts.journal && !text.includes(this.world.node.system.node)) continue;
      fail("a linked death is heard", `${pid.text} has not heard of ${text}`);
    }
  }

  private relationsAreEqual(): void {
    const all = new Map<string, Process>(this.inMemory);
    for (const [pid, process] of this.world.processes) if (this.isAlive(pid)) all.set(pid, process);
    for (const [pid, { relations }] of all) {
      for (const [what, theirs] of [["links", "links"], ["watching", "watchers"], ["watchers", "watching"]] as const) {
        for (const bond of relations[what].values()) {
          const peer = all.get(bond.pid.text);
          // Whom it could not announce its end to is forgotten with the process.
          if (peer === undefined && what === "watchers" && bond.pid.node !== hosts.journal) continue;
          if (peer === undefined) fail("a relation ends with its peer", `${pid} still ${what} ${bond.pid.text}`);
          this.sameRefs(pid, bond.pid.text, what, relations, peer.relations[theirs].get(pid)?.refs ?? []);
        }
      }
    }
  }

  private sameRefs(pid: string, peer: string, what: "links" | "watching" | "watchers", mine: Relations, theirs: readonly number[]): void {
    const a = [...mine[what].get(peer)!.refs].sort();
    const b = theirs.map((ref) => -ref).sort();
    if (a.join() !== b.join()) fail("both ends of a relation are equal", `${pid} ${what} ${peer}: ${a} and ${b}`);
  }

  private childrenAreBornOnce(): void {
    const births = new Map<string, string>();
    for (const { pid, chapters } of this.chronicles()) {
      const first = chapters[0]?.event;
      if (first?.kind !== "init" || pid.node !== hosts.journal) continue;
      const { birth } = first.args[0] as { birth?: Heard & { as: string } };
      if (birth === undefined) continue;
      if (!this.isAlive(pid.text) && !this.world.ends.has(pid.text)) continue;
      const key = `${birth.by} ${birth.as}`;
      if (births.has(key)) fail("a child is born once", `${key}: ${births.get(key)} and ${pid.text}`);
      births.set(key, pid.text);
    }
  }
}

function timerIsNotEarly(pid: Pid, { command, now: from }: { command: Command; now: number }, now: number): void {
  if (command.kind !== "request" || command.request.kind !== "timer" || from === 0) return;
  if (now < from + command.request.delayMs) fail("no timer fires early", `${pid.text} ${command.as}`);
}

function monitorAnswered(
  pid: Pid,
  active: Set<string>,
  command: Command | undefined,
  outcome: Extract<Chapter["event"], { kind: "answer" }>["outcome"],
): void {
  if (command?.kind === "monitor" && !outcome.ok && outcome.error.kind !== "ALREADY_EXISTS") active.delete(command.to.text);
  if (command?.kind === "spawn" && command.options?.monitor === true && outcome.ok && outcome.value !== pid.text) {
    active.add(String(outcome.value));
  }
}

function hasUnlinked(chapters: readonly Chapter[], pid: Pid): boolean {
  return chapters.some(({ commands }) => commands.some((one) => one.kind === "unlink" && one.to.text === pid.text));
}

function isHeard(payload: unknown): payload is Heard {
  return typeof payload === "object" && payload !== null && "by" in payload && "d" in payload;
}

function verdict(outcome: Extract<Chapter["event"], { kind: "answer" }>["outcome"] | undefined): Pick<Sent, "ok" | "kind"> {
  if (outcome === undefined) return { ok: undefined, kind: "" };
  return outcome.ok ? { ok: true, kind: "" } : { ok: false, kind: outcome.error.kind };
}

function fail(law: string, detail: string): never {
  throw new Error(`law broken: ${law}: ${detail}`);
}
