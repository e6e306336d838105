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

export class AwaitedBonds {
  private readonly byTag = new Map<number, AwaitedBond>();
  private readonly tags = new Map<Ref, number>();

  /** As data. */
  list(): readonly (readonly [tag: number, bond: AwaitedBond])[] {
    return [...this.byTag];
  }

  add(tag: number, bond: AwaitedBond): void {
    this.byTag.set(tag, bond);
    this.tags.set(bond.ref, tag);
  }

  take(tag: number): AwaitedBond | undefined {
    const bond = this.byTag.get(tag);
    if (bond === undefined) return undefined;
    this.byTag.delete(tag);
    this.tags.delete(bond.ref);
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
    const tag = this.tags.get(ref);
    return tag === undefined ? undefined : this.byTag.get(tag);
  }
}
