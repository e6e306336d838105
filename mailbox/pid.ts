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

/** The sender of a message that came from outside, without a process behind it. Its text is empty. */
export const unknownPid: Pid = Object.freeze({ node: "", host: "", id: "", text: "" });

/** Build a pid. Throws when `node` or `host` hold a character that the text form needs (`@ | { }`), as that is a broken caller. */
export function makePid(node: string, host: string, id: string): Pid {
  if (/[@|{}]/.test(node)) throw new Error(`a pid's node may not contain @ | { or }: ${node}`);
  if (/[@|{}]/.test(host)) throw new Error(`a pid's host may not contain @ | { or }: ${host}`);
  return { node, host, id, text: node === "" ? `{${host}|${id}}` : `{${node}@${host}|${id}}` };
}

export function formatPid(pid: Pid): string {
  return pid.text;
}

/** Read the text form; undefined when it is not one (a plain word is a registered name, not a pid). */
export function parsePid(text: string): Pid | undefined {
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  const bar = text.indexOf("|");
  if (bar < 0) return undefined;
  const place = text.slice(1, bar);
  const at = place.indexOf("@");
  const node = at < 0 ? "" : place.slice(0, at);
  const host = place.slice(at + 1);
  if (/[@|{}]/.test(node) || /[@|{}]/.test(host) || (at === 0 && node === "")) return undefined;
  return { node, host, id: text.slice(bar + 1, -1), text };
}

export function samePid(a: Pid, b: Pid): boolean {
  return a === b || a.text === b.text;
}
