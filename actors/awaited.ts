/** Links and monitors that were asked for and are not answered yet. Nobody may rely on what the program asked for before that. */
import type { Pid, Ref } from "../mailbox/index.js";

/** Whom an answer to a link or monitor concerns: the program that asked, or nobody but the kernel. */
export interface AwaitedBond {
  readonly via: "link" | "monitor";
  readonly to: Pid;
  readonly ref: Ref;
  readonly asked: "program" | "kernel";
  /** The program has undone it meanwhile: no exit took its ref away, so the answer says what became of the envelope. */
  undone?: true;
}

/** Where answers come at once, as in memory, nothing is ever awaited, and there are no tables. */
export class AwaitedBonds {
  private byTag: Map<number, AwaitedBond> | undefined = undefined;
  private tags: Map<Ref, number> | undefined = undefined;

  /** As data. */
  list(): readonly (readonly [tag: number, bond: AwaitedBond])[] {
    return [...(this.byTag ?? [])];
  }

  add(tag: number, bond: AwaitedBond): void {
    this.byTag ??= new Map();
    this.tags ??= new Map();
    this.byTag.set(tag, bond);
    this.tags.set(bond.ref, tag);
  }

  take(tag: number): AwaitedBond | undefined {
    const bond = this.byTag?.get(tag);
    if (bond === undefined) return undefined;
    this.byTag!.delete(tag);
    this.tags!.delete(bond.ref);
    return bond;
  }

  /** True until the program is answered what it asked for under this ref. */
  has(ref: Ref): boolean {
    return this.of(ref)?.asked === "program";
  }

  undo(ref: Ref): void {
    const bond = this.of(ref);
    if (bond !== undefined) bond.undone = true;
  }

  private of(ref: Ref): AwaitedBond | undefined {
    const tag = this.tags?.get(ref);
    return tag === undefined ? undefined : this.byTag!.get(tag);
  }
}
