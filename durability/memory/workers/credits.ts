/** Credits: what one thread has taken over of what another has sent it, said to that one now and then. */
import { type Row, rowKind } from "./rows.js";

/** So much is said at once. What is less may stay unsaid: nobody waits because of so little. */
const worthRows = 1024;
const worthChars = 1024 * 1024;

interface Owed {
  rows: number;
  chars: number;
}

export class Credits {
  /** By who sent it and to whom. */
  private readonly owed = new Map<string, Owed>();
  private readonly say: (origin: number, row: Row) => void;

  constructor(say: (origin: number, row: Row) => void) {
    this.say = say;
  }

  /** That thread is no more. */
  forget(thread: number): void {
    for (const key of this.owed.keys()) if (key.split(" ").includes(String(thread))) this.owed.delete(key);
  }

  owe(origin: number, to: number, rows: number, chars: number): void {
    const key = `${origin} ${to}`;
    const owed = this.owed.get(key) ?? { rows: 0, chars: 0 };
    owed.rows += rows;
    owed.chars += chars;
    this.owed.set(key, owed);
    if (owed.rows < worthRows && owed.chars < worthChars) return;
    this.owed.delete(key);
    this.say(origin, [rowKind.credit, to, owed.rows, owed.chars]);
  }
}
