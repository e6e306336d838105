/** Runs one `process.service` or `process.supervisor`: acts on the decisions of supervision/service.ts. */
import type { Client, Outcome, ProcessEvent, System } from "../actors/index.js";
import { type Failure, failure, failureText, type Pid, parsePid } from "../mailbox/index.js";
import {
  newService,
  type ServiceAction,
  type ServiceEvent,
  type ServiceState,
  serviceStep,
} from "../supervision/index.js";
import { launchOf, type ServiceEntry } from "./launches.js";

/**
 * On a durable host the process outlives the node: it bears the id of the service as its name, so that the next start of the node finds
 * it, and the stop of the node leaves it as it is.
 */
export class ServiceRunner {
  readonly id: string;
  private readonly isDurable: boolean;
  private readonly entry: ServiceEntry;
  private readonly system: System;
  private readonly client: Client;
  private current: ServiceState = newService;
  private pid: Pid | undefined;
  private timer: { cancel(): void } | undefined;
  private waiting: (() => void)[] = [];
  /** What to do about a start that takes too long. */
  private abandon: () => void = () => {};

  /** `client` is this service's private process: parent and watcher of the child. */
  constructor(entry: ServiceEntry, system: System, client: Client, isDurable = false) {
    this.id = entry.id;
    this.isDurable = isDurable;
    this.entry = entry;
    this.system = system;
    this.client = client;
    client.onEvent((event) => this.onEvent(event));
  }

  get state(): ServiceState {
    return this.current;
  }

  /** Resolves when the first attempt has started or failed; a failure is returned. */
  async start(): Promise<Failure | undefined> {
    this.feed({ kind: "start" });
    const { status, error, details } = await this.until((state) => state.status !== "starting");
    return status === "failed" || (status === "exited" && error !== undefined)
      ? (error ?? failure("INTERNAL", details))
      : undefined;
  }

  /** Resolves when the process has ended; it is cancelled first, then terminated. A durable one is let go of as it is. */
  async stop(): Promise<void> {
    if (this.isDurable) return this.letGo();
    this.feed({ kind: "stop" });
    await this.until((state) => state.status !== "stopping" && state.status !== "starting");
    this.timer?.cancel();
  }

  private async letGo(): Promise<void> {
    await this.until((state) => state.status !== "starting");
    this.timer?.cancel();
    const { pid } = this;
    this.pid = undefined;
    if (pid === undefined) return;
    // What is told to nobody would keep it from resting.
    await new Promise((resolve) => {
      this.client.start((self) => {
        self.demonitor(pid);
        return 0;
      }, resolve);
    });
  }

  private feed(event: ServiceEvent): void {
    if (event.kind === "start_timeout" && this.current.status === "starting") this.abandon();
    const { state, action } = serviceStep(
      this.current,
      event,
      this.entry.lifecycle,
      this.system.clock.now(),
      Math.random(),
    );
    const before = this.current.status;
    this.current = state;
    this.act(action);
    if (state.status !== before && action.kind === "none") this.announce(state);
    const waiting = this.waiting;
    this.waiting = [];
    for (const check of waiting) check();
  }

  /** An end for good that nobody asked for, which would be heard of nowhere else. */
  private announce({ status, desired, retryCount, error }: ServiceState): void {
    if ((status !== "failed" && status !== "exited") || error === undefined) return;
    const end = status === "exited" ? ", which is not to be retried" : `, given up after ${retryCount} failures`;
    const detail = `${failureText(error)}${desired === "stopped" ? "" : end}`;
    this.system.events.emit("health", { id: this.id, state: "down", detail });
  }

  private act(action: ServiceAction): void {
    switch (action.kind) {
      case "none":
        return;
      case "start":
        this.arm(this.entry.lifecycle.startTimeoutMs, { kind: "start_timeout" });
        this.launch();
        return;
      case "cancel":
        this.arm(this.entry.lifecycle.stopTimeoutMs, { kind: "stop_timeout" });
        if (this.pid !== undefined) void this.client.cancel(this.pid, "service stopping");
        return;
      case "kill":
        if (this.pid !== undefined) void this.client.terminate(this.pid);
        return;
      case "retry": {
        const { delayMs, error } = action;
        this.system.events.emit("restart", { id: this.id, attempt: this.current.retryCount, delayMs, error });
        this.arm(delayMs, { kind: "retry" });
        return;
      }
    }
  }

  private launch(): void {
    const attempt = this.current;
    const start = launchOf(this.entry, this.isDurable);
    this.abandon = start(this.client, (outcome) => this.launched(attempt, outcome));
  }

  private launched(attempt: ServiceState, outcome: Outcome): void {
    const pid = outcome.ok ? parsePid(String(outcome.value)) : undefined;
    if (this.current !== attempt && this.current.status !== "starting") {
      // The start timed out meanwhile, so this child is nobody's; a durable one is found by the next attempt.
      if (pid !== undefined && !this.isDurable) void this.client.terminate(pid);
      return;
    }
    this.timer?.cancel();
    this.pid = pid;
    this.feed(outcome.ok ? { kind: "started" } : { kind: "start_failed", error: outcome.error });
  }

  private onEvent(event: ProcessEvent): void {
    if (event.kind !== "exit" || event.from.text !== this.pid?.text) return;
    this.pid = undefined;
    this.timer?.cancel();
    this.feed({ kind: "ended", reason: event.reason });
  }

  private arm(delayMs: number, event: ServiceEvent): void {
    this.timer?.cancel();
    this.timer = this.system.clock.timer(delayMs, () => this.feed(event));
  }

  /** The first state of that sort; a later one may have come before the caller goes on. */
  private until(done: (state: ServiceState) => boolean): Promise<ServiceState> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (done(this.current)) resolve(this.current);
        else this.waiting.push(check);
      };
      check();
    });
  }
}
