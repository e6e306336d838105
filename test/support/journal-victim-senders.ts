/** Senders of numbered messages outside of the killed process: what each sent in each life, and what was acknowledged of it. */
import type { Life } from "./journal-victim-life.js";
import type { Random } from "./random.js";

export type SenderMode = "resends" | "abandons";

export interface SentInLife {
  /** In order. */
  readonly numbers: number[];
  /** How many of them, from the first, were acknowledged. */
  acknowledged: number;
}

export class Sender {
  readonly id: number;
  readonly mode: SenderMode;
  readonly lives: SentInLife[] = [];
  /** Numbers that are on their way at most. */
  window = 1;
  private next = 1;
  private left = 0;

  constructor(id: number, mode: SenderMode) {
    this.id = id;
    this.mode = mode;
  }

  /** A new life begins, in which it sends at most `count` messages. What was not acknowledged is sent again, or given up. */
  begin(count: number, window: number): void {
    const before = this.lives.at(-1);
    const first = before?.numbers[before.acknowledged];
    if (this.mode === "resends" && first !== undefined) this.next = first;
    this.left = count;
    this.window = window;
    this.lives.push({ numbers: [], acknowledged: 0 });
  }

  get isDone(): boolean {
    const { numbers, acknowledged } = this.lives.at(-1)!;
    return this.left === 0 && numbers.length === acknowledged;
  }

  /** Fill the window. */
  send(life: Life): void {
    const now = this.lives.at(-1)!;
    while (this.left > 0 && now.numbers.length - now.acknowledged < this.window) {
      this.left--;
      now.numbers.push(this.next);
      life.send(this.id, this.next++);
    }
  }

  /** Answers come in the order of sending; false when this one does not. */
  acknowledged(number: number): boolean {
    const now = this.lives.at(-1)!;
    return now.numbers[now.acknowledged++] === number;
  }
}

export function makeSenders(count: number): Sender[] {
  return Array.from({ length: count }, (_, id) => new Sender(id, id % 2 === 0 ? "resends" : "abandons"));
}

/** Let them send in this life. */
export function beginLife(senders: readonly Sender[], life: Life, random: Random): void {
  for (const sender of senders) sender.begin(random.below(12), 1 + random.below(4));
  life.onAcknowledged = (id, number) => {
    const sender = senders[id]!;
    if (!sender.acknowledged(number)) life.complaints.push(`sender ${id}: ${number} is acknowledged out of order`);
    sender.send(life);
  };
  for (const sender of senders) sender.send(life);
}

/**
 * What was handled of a sender must be, life by life, the first so many of the numbers sent in that life, and not fewer than were
 * acknowledged: then acknowledged <= handled <= sent, in order, and nothing comes twice that was not sent twice. Undefined: it is so.
 */
export function handledWrongly(sender: Sender, handled: readonly number[]): string | undefined {
  let ends = new Set([0]);
  for (const { numbers, acknowledged } of sender.lives) {
    const next = new Set<number>();
    for (const from of ends) {
      for (let count = 0; ; count++) {
        if (count >= acknowledged) next.add(from + count);
        if (count === numbers.length || handled[from + count] !== numbers[count]) break;
      }
    }
    ends = next;
  }
  if (ends.has(handled.length)) return undefined;
  const lives = sender.lives.map(({ numbers, acknowledged }) => `${numbers.join(" ")} (${acknowledged} acknowledged)`);
  return `sender ${sender.id}, which ${sender.mode}, sent\n  ${lives.join("\n  ")}\nand handled was\n  ${handled.join(" ")}`;
}
