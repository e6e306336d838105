/** Events: what may be observed on one node. What is observed is declared in system.ts; nothing here depends on being heard. */
import { EventEmitter } from "eventemitter3";
import { thrownFailure } from "./guard.js";

/**
 * An emitter whose listeners cannot harm the emitter or each other: what one throws goes to `onThrow`, and the others hear the event.
 * `onThrow` may emit; a listener that throws at that too is not reported again.
 */
export class SafeEmitter<Events extends object> extends EventEmitter<Events> {
  private readonly onThrow: (event: string, text: string) => void;
  private reporting = false;

  constructor(onThrow: (event: string, text: string) => void) {
    super();
    this.onThrow = onThrow;
  }

  override emit<Name extends EventEmitter.EventNames<Events>>(
    event: Name,
    ...args: EventEmitter.EventArgs<Events, Name>
  ): boolean {
    // The array is a copy, so a listener may add and remove listeners.
    const listeners = this.listeners(event);
    for (const listener of listeners) this.tell(String(event), () => listener.apply(undefined, args));
    return listeners.length > 0;
  }

  /** Called for the next event of that name only; cannot be taken back. */
  override once<Name extends EventEmitter.EventNames<Events>>(
    event: Name,
    listener: EventEmitter.EventListener<Events, Name>,
  ): this {
    const first = ((...args: EventEmitter.EventArgs<Events, Name>) => {
      this.off(event, first);
      (listener as (...given: EventEmitter.EventArgs<Events, Name>) => void)(...args);
    }) as EventEmitter.EventListener<Events, Name>;
    return this.on(event, first);
  }

  private tell(event: string, call: () => void): void {
    try {
      call();
    } catch (thrown) {
      if (this.reporting) return;
      this.reporting = true;
      try {
        const { message, stack } = thrownFailure(thrown);
        this.onThrow(event, stack ?? message);
      } finally {
        this.reporting = false;
      }
    }
  }
}
