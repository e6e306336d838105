/** What must hold at the end of a journal world. Of messages and of bonds: in files of their own. */
import type { Command } from "../../actors/index.js";
import type { Pid } from "../../mailbox/index.js";
import { type Heard, hosts } from "./journal-chronicle.js";
import { endsAreHeardOnce, relationsAreEqual } from "./journal-laws-bonds.js";
import { Facts, fail } from "./journal-laws-facts.js";
import { luaMessagesArriveOnce, messagesArriveOnceInOrder } from "./journal-laws-messages.js";
import { checkLua, luaTruth } from "./journal-lua.js";
import type { JournalWorld } from "./journal-world.js";

const afterRollbacks = [namesPointToTheLiving, healthIsGood, everybodyAnswers, messagesArriveOnceInOrder];

const always = [
  ...afterRollbacks,
  nothingBrokeOnTheWay,
  nothingIsKeptOfTheDead,
  everythingHeardIsTrue,
  everythingAskedIsAnsweredOnce,
  luaMessagesArriveOnce,
  endsAreHeardOnce,
  relationsAreEqual,
  childrenAreBornOnce,
  checkLua,
];

/** Throws when one does not hold. After a rollback only those that any journal can keep. */
export function checkJournalLaws(world: JournalWorld): void {
  const facts = new Facts(world);
  for (const law of facts.rolledBack ? afterRollbacks : always) law(facts);
}

function nothingBrokeOnTheWay(facts: Facts): void {
  const [broken] = [...facts.world.chronicles.broken, ...facts.world.outside.broken];
  if (broken !== undefined) fail("seen on the way", broken);
}

function healthIsGood(facts: Facts): void {
  const bad = facts.world.health.find((line) => /stopped as it is|cannot come back|effect failed|threw/.test(line));
  if (bad !== undefined) fail("no process is stuck", bad);
}

function everybodyAnswers(facts: Facts): void {
  for (const [pid, { end }] of facts.stored) {
    if (end !== undefined || facts.world.luaSaid.get(pid)?.all !== undefined) continue;
    const isAsked = facts
      .chapters(pid)
      ?.some(({ event }) => event.kind === "message" && event.from.text === facts.world.asking);
    if (isAsked !== true) fail("everybody who is stored lives", pid);
  }
}

function nothingIsKeptOfTheDead(facts: Facts): void {
  for (const [pid, { end }] of facts.stored) {
    if (end === undefined) continue;
    // A parent that ended before it heard of the child cannot say that it knows.
    const first = facts.chapters(pid)?.[0]?.event;
    const parent = first?.kind === "init" ? (first.args[0] as { birth?: Heard }).birth?.by : undefined;
    if (parent === undefined || facts.isAlive(parent))
      fail("an ended process leaves nothing", `${pid} is stored until ${end.until}`);
  }
}

function namesPointToTheLiving(facts: Facts): void {
  const owned = new Map<string, string>();
  for (const [name, pid] of facts.world.node.system.names.list()) {
    if (!facts.isAlive(pid.text)) fail("names point to the living", `${name} is ${pid.text}, which has ended`);
    owned.set(name, pid.text);
  }
  for (const [pid, { names = [] }] of facts.stored) {
    for (const name of names) {
      if (owned.get(name) !== pid && !facts.rolledBack) {
        fail("a stored name is held", `${pid} is stored as ${name}, which is ${owned.get(name)}`);
      }
    }
  }
  if (facts.rolledBack) return;
  for (const [name, pid] of owned) {
    if (facts.stored.has(pid) && !(facts.stored.get(pid)!.names ?? []).includes(name)) {
      fail("a name that is held is stored", `${name} of ${pid}`);
    }
  }
}

/** Whatever anybody was told comes from the one history of who said it. */
function everythingHeardIsTrue(facts: Facts): void {
  const check = (heard: Heard, where: string): void => {
    const { by, k, d } = heard;
    if (heard.lua === true) {
      if (luaTruth(facts, heard) === false) fail("nothing is heard of a past that was lost", `${by} at ${k}; ${where}`);
      return;
    }
    const digest = facts.chapters(by)?.[k]?.digest;
    if (digest !== d)
      fail("nothing is heard of a past that was lost", `${by} at ${k}: ${d} is not ${digest}; ${where}`);
  };
  for (const heard of facts.world.outside.heard) check(heard, "heard outside");
  for (const { pid, chapters } of facts.chronicles()) {
    for (const { event } of chapters) {
      const payload = event.kind === "message" ? event.payloads[0] : undefined;
      if (isHeard(payload)) check(payload, `heard by ${pid.text}`);
    }
  }
}

function everythingAskedIsAnsweredOnce(facts: Facts): void {
  for (const { pid, chapters } of facts.chronicles()) {
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
    if (!facts.isAlive(pid.text)) continue;
    for (const [as, { command }] of open) {
      fail("whatever is asked is answered", `${pid.text}: ${as} ${JSON.stringify(command)}`);
    }
  }
}

function childrenAreBornOnce(facts: Facts): void {
  const births = new Map<string, string>();
  for (const { pid, chapters } of facts.chronicles()) {
    const first = chapters[0]?.event;
    if (first?.kind !== "init" || pid.node !== hosts.journal) continue;
    const { birth } = first.args[0] as { birth?: Heard & { as: string } };
    if (birth === undefined) continue;
    if (!facts.isAlive(pid.text) && !facts.world.ends.has(pid.text)) continue;
    const key = `${birth.by} ${birth.as}`;
    if (births.has(key)) fail("a child is born once", `${key}: ${births.get(key)} and ${pid.text}`);
    births.set(key, pid.text);
  }
}

function timerIsNotEarly(pid: Pid, { command, now: from }: { command: Command; now: number }, now: number): void {
  if (command.kind !== "request" || command.request.kind !== "timer" || from === 0) return;
  if (now < from + command.request.delayMs) fail("no timer fires early", `${pid.text} ${command.as}`);
}

function isHeard(payload: unknown): payload is Heard {
  return typeof payload === "object" && payload !== null && "by" in payload && "d" in payload;
}
