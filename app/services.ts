/** Runs one `process.service`: acts on the decisions of supervision/service.ts. */
import type { Client, ProcessEvent, System } from "../actors/index.js";
import { type Failure, failure, type Pid, toPayload } from "../mailbox/index.js";
import {
  newService,
  type ServiceAction,
  type ServiceEvent,
  type ServiceState,
  serviceStep,
} from "../supervision/index.js";
import type { EntryOf } from "./entries.js";

export class ServiceRunner {
  readonly id: string;
  private readonly entry: EntryOf<"process.service">;
  private readonly system: System;
  private readonly client: Client;
  private current: ServiceState = newService;
  private pid: Pid | undefined;
  private timer: { cancel(): void } | undefined;
  private waiting: (() => void)[] = [];

  /** `client` is this service's private process: parent and watcher of the child. */
  constructor(entry: EntryOf<"process.service">, system: System, client: Client) {
    this.id = entry.id;
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
    await this.until((state) => state.status !== "starting");
    const { status, error, details } = this.current;
    return status === "failed" || (status === "exited" && error !== undefined)
      ? (error ?? failure("INTERNAL", details))
      : undefined;
  }

  /** Resolves when the process has ended; it is cancelled first, then terminated. */
  async stop(): Promise<void> {
    this.feed({ kind: "stop" });
    await this.until((state) => state.status !== "stopping" && state.status !== "starting");
    this.timer?.cancel();
  }

  private feed(event: ServiceEvent): void {
    const { state, action } = serviceStep(
      this.current,
      event,
      this.entry.lifecycle,
      this.system.clock.now(),
      Math.random(),
    );
    this.current = state;
    this.act(action);
    const waiting = this.waiting;
    this.waiting = [];
    for (const check of waiting) check();
  }

  private act(action: ServiceAction): void {
    switch (action.kind) {
      case "none":
        return;
      case "start":
        this.arm(this.entry.lifecycle.startTimeoutMs, { kind: "start_timeout" });
        void this.launch();
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

  private async launch(): Promise<void> {
    const { process, host, input } = this.entry;
    const args = input.map((item) => toPayload(item));
    const attempt = this.current;
    const result = await this.client.spawn(process, host, args, { monitor: true });
    if (this.current !== attempt && this.current.status !== "starting") {
      // The start timed out meanwhile, so this child is nobody's.
      if (!("kind" in result)) void this.client.terminate(result);
      return;
    }
    this.timer?.cancel();
    if ("kind" in result) {
      this.feed({ kind: "start_failed", error: result });
      return;
    }
    this.pid = result;
    this.feed({ kind: "started" });
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

  private until(done: (state: ServiceState) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (done(this.current)) resolve();
        else this.waiting.push(check);
      };
      check();
    });
  }
}
