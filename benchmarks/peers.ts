/** The peers: who they are, what has to be there for them, and how their programs are started. */
import type { CommandLine } from "./children.js";

export interface Peer {
  readonly name: string;
  readonly workloads: readonly string[];
  /** Its counts, where those of the workload would take too long. */
  readonly counts?: Readonly<Record<string, number>>;
  /** How to start it; a text says what is missing, and how to get it. */
  command(): Promise<CommandLine | string>;
  /** Of what is measured, as it says itself. */
  version?(): Promise<string>;
}

export const peers: readonly Peer[] = [];
