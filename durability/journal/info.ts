/** What `workflow.info()` shows in a workflow of a journal host. A replay must show the same. */
import type { Payload } from "../../mailbox/index.js";
import type { Slot } from "./slot.js";

/** Undefined for a process that is no workflow. */
export function workflowInfo({ run, pid, process, ledger }: Slot): Payload | undefined {
  if (run === undefined) return undefined;
  const { memo } = run.facts;
  return {
    workflow_id: pid.id,
    run_id: process.incarnation,
    workflow_type: process.entry,
    task_queue: pid.host,
    namespace: pid.node,
    attempt: 1,
    history_length: ledger.entries + 1,
    history_size: ledger.bytes,
    ...(memo === undefined ? {} : { memo }),
  };
}
