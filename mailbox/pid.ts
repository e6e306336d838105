/** Pid: the address of a process, as a value. What a pid leads to is the router's business. */

/** An address. `node` is a boot id, a journal's name or a Temporal client entry: never a machine. Equal iff `text` is equal. */
export interface Pid {
  readonly node: string;
  /** Registry id of the host entry, `ns:name`. */
  readonly host: string;
  /** Everything after the first `|`; a workflow id may hold any character. */
  readonly id: string;
  /** `{node@host|id}`, or `{host|id}` when the node is empty. */
  readonly text: string;
}

/**
 * There may be a million of them, most of which are never written out: the text is made when it is asked for. `home` is a note for
 * whoever delivers, so that a second message needs no search; no part of the value.
 */
class Address implements Pid {
  readonly node: string;
  readonly host: string;
  readonly id: string;
  #text: string | undefined;
  #home: unknown = undefined;

  constructor(node: string, host: string, id: string, text?: string) {
    this.node = node;
    this.host = host;
    this.id = id;
    this.#text = text;
  }

  get text(): string {
    this.#text ??= this.node === "" ? `{${this.host}|${this.id}}` : `{${this.node}@${this.host}|${this.id}}`;
    return this.#text;
  }

  toJSON(): Pid {
    const { node, host, id, text } = this;
    return { node, host, id, text };
  }

  static home(address: Address): unknown {
    return address.#home;
  }

  static note(address: Address, home: unknown): void {
    address.#home = home;
  }
}

/** The sender of a message that came from outside, without a process behind it. Its text is empty. */
export const unknownPid: Pid = Object.freeze(new Address("", "", "", ""));

/** Build a pid. Throws when `node` or `host` hold a character that the text form needs (`@ | { }`), as that is a broken caller. */
export function makePid(node: string, host: string, id: string): Pid {
  return pidMaker(node, host)(id);
}

/** As `makePid`, for many pids of one place. */
export function pidMaker(node: string, host: string): (id: string) => Pid {
  if (!isPlace(node)) throw new Error(`a pid's node may not contain @ | { or }: ${node}`);
  if (!isPlace(host)) throw new Error(`a pid's host may not contain @ | { or }: ${host}`);
  return (id) => new Address(node, host, id);
}

export function formatPid(pid: Pid): string {
  return pid.text;
}

/** Read the text form; undefined when it is not one (a plain word is a registered name, not a pid). */
export function parsePid(text: string): Pid | undefined {
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  const bar = text.indexOf("|");
  if (bar < 0) return undefined;
  const at = text.lastIndexOf("@", bar);
  const node = at < 0 ? "" : text.slice(1, at);
  const host = text.slice(at < 0 ? 1 : at + 1, bar);
  if (!isPlace(node) || !isPlace(host) || at === 1) return undefined;
  return new Address(node, host, text.slice(bar + 1, -1), text);
}

export function samePid(a: Pid, b: Pid): boolean {
  if (a === b) return true;
  return a.id === b.id && a.host === b.host && a.node === b.node && (a.id !== "" || a.text === b.text);
}

/** What `setHome` has noted at this very object; undefined when nothing has. */
export function homeOf(pid: Pid): unknown {
  return pid instanceof Address ? Address.home(pid) : undefined;
}

/** Note where this pid leads to, for the next look. Whoever reads it has to see whether it still holds. */
export function setHome(pid: Pid, home: unknown): void {
  if (pid instanceof Address) Address.note(pid, home);
}

function isPlace(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // @ { | }
    if (code === 0x40 || (code >= 0x7b && code <= 0x7d)) return false;
  }
  return true;
}
