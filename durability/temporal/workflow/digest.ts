/** Digest: one hash over everything a workflow did and is, so that a replay elsewhere can be compared. Constant memory. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { BondTable, Process } from "../../../actors/index.js";
import { encodeUtf8 } from "../../../mailbox/index.js";

/** Grows by each port call, in order, with its payloads. */
export class EffectHash {
  private readonly hash = sha256.create();
  private count = 0;

  add(kind: string, ...what: readonly unknown[]): void {
    this.count++;
    this.hash.update(encodeUtf8(`${kind} ${canonical(what)}\n`));
  }

  /** Hex of the effects so far, the state of the kernel and the result. */
  with(process: Process): string {
    const whole = this.hash.clone();
    whole.update(encodeUtf8(canonical([this.count, stateOf(process)])));
    return hex(whole.digest());
  }
}

/** Hex of the SHA-256 of a text. */
export function hashText(text: string): string {
  return hex(sha256(encodeUtf8(text)));
}

function stateOf(process: Process): unknown {
  const { links, watchers, watching, refCount } = process.relations;
  return {
    status: process.status,
    result: process.exitReason ?? null,
    refs: refCount,
    links: bonds(links),
    watchers: bonds(watchers),
    watching: bonds(watching),
    mailbox: process.mailbox.everything().map(({ from, topic, payloads }) => [from.text, topic, payloads]),
  };
}

function bonds(table: BondTable): unknown {
  return table.values().map(({ pid, incarnation, refs }) => [pid.text, incarnation, refs]);
}

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
