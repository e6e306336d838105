/** Addresses: pids by their text, as Lua programs have no other. Which of the two a text is, a pid or a name, is told here. */
import { type Pid, parsePid } from "../mailbox/index.js";

/** Pids that are kept. */
const keptPids = 4096;

/** The same object for the same text as a rule: it knows where it leads, so only the first message to it needs a search. */
export class Addresses {
  private readonly byText = new Map<string, Pid>();

  /** Undefined for what is no pid, and so a registered name. */
  pidOf(text: string): Pid | undefined {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const pid = parsePid(text);
    if (pid === undefined) return undefined;
    if (this.byText.size >= keptPids) this.byText.clear();
    this.byText.set(text, pid);
    return pid;
  }
}
