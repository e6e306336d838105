/** What must hold of the messages of a journal world: acknowledged <= handled <= sent, each once, in the order of each pair. */
import { type Answer, type Facts, fail } from "./journal-laws-facts.js";

interface Sent {
  readonly n: number;
  /** Undefined: the sender was never told. */
  ok: boolean | undefined;
  kind: string;
}

export function messagesArriveOnceInOrder(facts: Facts): void {
  const sent = allSent(facts);
  for (const { pid, chapters } of facts.chronicles()) {
    const got = new Map<string, number[]>();
    for (const { event, now } of chapters) {
      if (event.kind !== "message" || event.topic !== "n" || now < facts.world.lawfulFrom) continue;
      const { n } = event.payloads[0] as { n: number };
      got.set(event.from.text, [...(got.get(event.from.text) ?? []), n]);
    }
    for (const [from, list] of sent.get(pid.text) ?? []) {
      const numbers = new Set(list.map(({ n }) => n));
      const all = got.get(from) ?? [];
      compare(facts, from, pid.text, list, facts.rolledBack ? all.filter((n) => numbers.has(n)) : all);
      got.delete(from);
    }
    if (facts.rolledBack) continue;
    for (const [from, list] of got) fail("only what was sent arrives", `${from} > ${pid.text}: ${list}`);
  }
}

/** What Lua citizens send is numbered too. */
export function luaMessagesArriveOnce(facts: Facts): void {
  for (const { pid, chapters } of facts.chronicles()) {
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

function compare(facts: Facts, from: string, to: string, sent: readonly Sent[], got: readonly number[]): void {
  const about = `${from} > ${to}: sent ${sent.map(({ n, ok, kind }) => `${n}${ok === undefined ? "?" : ok ? "" : kind}`)}, got ${got}`;
  let at = 0;
  for (const { n, ok, kind } of sent) {
    if (got[at] === n) {
      if (ok === false && kind !== "UNAVAILABLE") fail("what is refused does not arrive", `${n} ${about}`);
      at++;
    } else if (ok === true && facts.isAlive(to)) fail("what is acknowledged arrives", `${n} ${about}`);
  }
  if (at < got.length) fail("each message arrives once and in order", about);
}

/** By receiver and sender, in order. */
function allSent(facts: Facts): Map<string, Map<string, Sent[]>> {
  const all = new Map<string, Map<string, Sent[]>>();
  const note = (from: string, to: string, sent: Sent): Sent => {
    const mine = all.get(to) ?? new Map<string, Sent[]>();
    all.set(to, mine.set(from, [...(mine.get(from) ?? []), sent]));
    return sent;
  };
  const { outside, lawfulFrom } = facts.world;
  for (const { from, to, n, outcome } of facts.rolledBack ? [] : outside.told)
    note(from, to, { n, ...verdict(outcome) });
  for (const { pid, chapters } of facts.chronicles()) {
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

function verdict(outcome: Answer | undefined): Pick<Sent, "ok" | "kind"> {
  if (outcome === undefined) return { ok: undefined, kind: "" };
  return outcome.ok ? { ok: true, kind: "" } : { ok: false, kind: outcome.error.kind };
}
