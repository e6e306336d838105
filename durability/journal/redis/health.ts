/** What a journal says about its server: each state once, when it begins. */
import type { JournalEvents, JournalHealth } from "../journal.js";
import type { Refusal } from "./refusal.js";

export class HealthReport {
  readonly #events: JournalEvents;
  #last = "";
  #warnings: readonly string[] = [];

  constructor(events: JournalEvents) {
    this.#events = events;
  }

  /** The server works; `degraded` when it may lose what it acknowledges. */
  works(warnings: readonly string[] = this.#warnings): void {
    this.#warnings = warnings;
    const detail = warnings.join("; ");
    if (warnings.length > 0) this.#report({ state: "degraded", detail }, detail);
    else this.#report({ state: "up", detail: "up" }, "up");
  }

  /** The same state with other words is no news. */
  refused(refusal: Refusal): void {
    this.#report({ state: "down", detail: refusal.detail }, refusal.state);
  }

  #report(health: JournalHealth, news: string): void {
    if (news === this.#last) return;
    this.#last = news;
    this.#events.health(health);
  }
}
