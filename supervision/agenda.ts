/** Agenda: what a supervisor has been told and not yet dealt with, in order. */
import type { SupervisorOperation } from "../actors/index.js";
import type { Message, Pid } from "../mailbox/index.js";
import type { Child } from "./children.js";
import type { PayloadMap } from "./fields.js";

export type Item =
  | { readonly kind: "ended"; readonly child: Child; readonly pid: Pid }
  | { readonly kind: "retry"; readonly child: Child }
  | {
      readonly kind: "request";
      readonly message: Message;
      readonly operation: SupervisorOperation;
      readonly args: PayloadMap;
    };

/** A queue that costs the same however long it is. */
export class Agenda {
  private items: Item[] = [];
  private at = 0;

  get size(): number {
    return this.items.length - this.at;
  }

  add(item: Item): void {
    this.items.push(item);
  }

  next(): Item | undefined {
    const item = this.items[this.at];
    if (item === undefined) return undefined;
    this.at++;
    if (this.at === this.items.length) this.clear();
    else if (this.at >= 1024 && this.at * 2 >= this.items.length) {
      this.items = this.items.slice(this.at);
      this.at = 0;
    }
    return item;
  }

  /** Those who wait for an answer. */
  *requests(): IterableIterator<Message> {
    for (let i = this.at; i < this.items.length; i++) {
      const item = this.items[i]!;
      if (item.kind === "request") yield item.message;
    }
  }

  clear(): void {
    this.items = [];
    this.at = 0;
  }
}
