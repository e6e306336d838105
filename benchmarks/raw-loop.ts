/**
 * What a plain JavaScript program does at most: objects with a method, one queue of messages, and a loop. No isolation, no failures, no
 * turns for timers or I/O.
 */

export interface RawMessage {
  readonly to: number;
  readonly from: number;
  readonly topic: string;
  readonly value: number;
}

export interface RawProcess {
  handle(message: RawMessage, self: number, loop: RawLoop): void;
}

export class RawLoop {
  private readonly processes = new Map<number, RawProcess>();
  private queue: RawMessage[] = [];
  private made = 0;

  get size(): number {
    return this.processes.size;
  }

  spawn(process: RawProcess): number {
    this.processes.set(++this.made, process);
    return this.made;
  }

  end(id: number): void {
    this.processes.delete(id);
  }

  send(to: number, from: number, topic: string, value: number): void {
    this.queue.push({ to, from, topic, value });
  }

  /** Until nothing is left to do. */
  run(): void {
    while (this.queue.length > 0) {
      const batch = this.queue;
      this.queue = [];
      for (const message of batch) this.processes.get(message.to)?.handle(message, message.to, this);
    }
  }
}
