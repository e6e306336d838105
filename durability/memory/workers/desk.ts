/** Desk: what the processes of a thread have asked of the main thread and not yet been told. */

import type { AskRequest, SpawnResult, SpawnSpec } from "../../../actors/index.js";
import { type FarParts, type HoldRequest, Names, type Outcome, Services } from "../../../actors/index.js";
import { type Payload, type Pid, unknownPid } from "../../../mailbox/index.js";
import type { Post } from "./post.js";
import { type Codec, type FarRequest, type ResultText, rowKind } from "./rows.js";

interface Open {
  readonly done: (outcome: Outcome) => void;
  readonly bring: ((payload: Payload) => void) | undefined;
}

export class Desk {
  private readonly codec: Codec;
  private readonly post: Post;
  private readonly open = new Map<number, Open>();
  private readonly spawns = new Map<number, (result: SpawnResult) => void>();
  private last = 0;

  constructor(codec: Codec, post: Post) {
    this.codec = codec;
    this.post = post;
  }

  /** Returns what ends the interest in the answer. */
  start(caller: Pid, request: FarRequest, done: Open["done"], bring?: Open["bring"]): () => void {
    const number = ++this.last;
    this.open.set(number, { done, bring });
    this.post.push([rowKind.request, number, this.codec.short(caller), request]);
    return () => {
      if (this.open.delete(number)) this.post.push([rowKind.drop, number]);
    };
  }

  ask(caller: Pid, request: FarRequest): Promise<Outcome> {
    return new Promise((resolve) => this.start(caller, request, resolve));
  }

  spawn(spec: SpawnSpec, answer: (result: SpawnResult) => void): void {
    const number = ++this.last;
    this.spawns.set(number, answer);
    this.post.push([rowKind.spawn, number, this.codec.spec(spec)]);
  }

  settled(number: number, outcome: Outcome): void {
    const open = this.open.get(number);
    this.open.delete(number);
    open?.done(outcome);
  }

  brought(number: number, payload: Payload): void {
    this.open.get(number)?.bring?.(payload);
  }

  spawned(number: number, result: ResultText): void {
    const answer = this.spawns.get(number);
    this.spawns.delete(number);
    answer?.(this.codec.readResult(result));
  }

  /** What a system of this thread has in place of its own. */
  parts(): FarParts {
    return {
      names: new NoNames(),
      services: new FarServices(this),
      askName: (caller, request) => this.ask(caller, this.codec.nameRequest(request)),
    };
  }

  /** A store knows nothing of who asks. */
  readonly store = (request: Extract<FarRequest, { kind: "store" }>): Promise<Outcome> => this.ask(unknownPid, request);
}

/** The main thread has them. */
class NoNames extends Names {
  override register(): undefined {
    return undefined;
  }

  override lookup(): undefined {
    return undefined;
  }

  override release(): void {}
}

/** The services of the main thread. */
class FarServices extends Services {
  private readonly desk: Desk;

  constructor(desk: Desk) {
    super();
    this.desk = desk;
  }

  override ask(caller: Pid, request: AskRequest): Promise<Outcome> {
    return this.desk.ask(caller, request);
  }

  override hold(caller: Pid, request: HoldRequest, holder: Parameters<Services["hold"]>[2]): () => void {
    const refused = (outcome: Outcome): void => {
      if (!outcome.ok) holder.refused(outcome.error);
    };
    return this.desk.start(caller, request, refused, (payload) => holder.brought(payload));
  }
}
