/** Clerk: does for the processes of one thread what only the main thread can do for them, and answers them. */
import { type Outcome, type SpawnResult, type SpawnSpec, type System, startOn } from "../../../actors/index.js";
import type { Pid } from "../../../mailbox/index.js";
import type { Post } from "./post.js";
import { type Codec, type FarRequest, rowKind } from "./rows.js";

export class Clerk {
  private readonly system: System;
  private readonly codec: Codec;
  private readonly post: Post;
  /** What ends each request that can be ended. */
  private readonly drops = new Map<number, () => void>();
  private isOver = false;

  constructor(system: System, codec: Codec, post: Post) {
    this.system = system;
    this.codec = codec;
    this.post = post;
  }

  /** Requests that go on. */
  get open(): number {
    return this.drops.size;
  }

  request(number: number, caller: Pid, request: FarRequest): void {
    const { system } = this;
    switch (request.kind) {
      case "register":
      case "lookup":
      case "unregister":
        return this.settle(number, system.name(caller, this.codec.readNameRequest(request)));
      case "store":
        return this.when(number, system.store(request));
      case "ask":
        return this.when(number, system.services.ask(caller, request));
      case "invoke": {
        let isAnswered = false;
        const drop = system.invoke(caller, request, (outcome) => {
          isAnswered = true;
          this.settle(number, outcome);
        });
        if (!isAnswered) this.drops.set(number, drop);
        return;
      }
      case "hold": {
        let isRefused = false;
        const end = system.services.hold(caller, request, {
          brought: (payload) => {
            if (!this.isOver) this.post.push([rowKind.brought, number, payload]);
          },
          refused: (error) => {
            isRefused = true;
            this.settle(number, { ok: false, error });
          },
        });
        if (!isRefused) this.drops.set(number, end);
      }
    }
  }

  spawn(number: number, spec: SpawnSpec): void {
    const { system, codec } = this;
    const answer = (result: SpawnResult): void => {
      if (!this.isOver) this.post.push([rowKind.spawned, number, codec.result(result)]);
    };
    const host = system.router.host(spec.host);
    if (host === undefined) answer({ ok: false, error: system.hostProblem(spec.host) });
    else startOn(host, spec, answer);
  }

  drop(number: number): void {
    const drop = this.drops.get(number);
    this.drops.delete(number);
    drop?.();
  }

  /** The thread is no more. */
  close(): void {
    this.isOver = true;
    for (const drop of this.drops.values()) drop();
    this.drops.clear();
  }

  private when(number: number, outcome: Outcome | Promise<Outcome>): void {
    if (outcome instanceof Promise) void outcome.then((settled) => this.settle(number, settled));
    else this.settle(number, outcome);
  }

  private settle(number: number, outcome: Outcome): void {
    this.drops.delete(number);
    if (!this.isOver) this.post.push([rowKind.outcome, number, outcome]);
  }
}
