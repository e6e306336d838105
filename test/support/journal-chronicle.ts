/**
 * Chronicles: what each process of a simulated world has lived through, as its behaviour wrote it down. Behaviours are in
 * journal-citizen.ts, what must hold of chronicles in journal-laws.ts.
 */
import type { BehaviourEvent, Command } from "../../actors/index.js";
import { type Payload, type Pid, parsePid } from "../../mailbox/index.js";

export const hosts = { memory: "test:memory", journal: "test:journal" } as const;

/** What is said of a process: who, at which step of its life, with which digest. */
export interface Heard {
  readonly by: string;
  readonly k: number;
  readonly d: string;
  /** It is in Lua, and tells its history by itself. */
  readonly lua?: true;
}

/** One step of a process. `digest` stands for everything that it has been told up to here. */
export interface Chapter {
  readonly event: BehaviourEvent | { readonly kind: "init"; readonly args: readonly Payload[] };
  readonly now: number;
  readonly digest: string;
  readonly commands: readonly Command[];
}

export interface Chronicle {
  readonly pid: Pid;
  readonly entry: string;
  readonly chapters: Chapter[];
}

const lost: Chapter = { event: { kind: "init", args: [{}] }, now: 0, digest: "lost", commands: [] };

/** What every process has lived through, by the text of its pid. A later life overwrites what was never stored of an earlier one. */
export class Chronicles {
  readonly all = new Map<string, Chronicle>();
  /** Laws that were seen broken where nobody hears a throw. */
  readonly broken: string[] = [];

  write(self: string, k: number, entry: string, chapter: Chapter): void {
    let chronicle = this.all.get(self);
    if (chronicle === undefined) {
      chronicle = { pid: parsePid(self)!, entry, chapters: [] };
      this.all.set(self, chronicle);
    }
    // Put back first to an early copy and then to a later one, it does so.
    if (k > chronicle.chapters.length) this.broken.push(`${self} goes on at step ${k} out of nothing`);
    while (chronicle.chapters.length < k) chronicle.chapters.push(lost);
    chronicle.chapters.length = k;
    chronicle.chapters.push(chapter);
  }

  /** A life begins with this many steps behind it. */
  cut(self: string, k: number): void {
    const chronicle = this.all.get(self);
    if (chronicle !== undefined) chronicle.chapters.length = Math.min(chronicle.chapters.length, k);
  }
}

/** Of a history that goes on with an event. */
export function nextDigest(before: string, event: Chapter["event"], now: number): string {
  return hash(before + canonical(event) + now);
}

/** JSON with sorted keys: what came over a wire may have others first. */
function canonical(event: unknown): string {
  return JSON.stringify(event, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** 2 x 32 bits of FNV. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1000193;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) + i;
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
