/** Schema of the `mailbox` block that bounds the mailboxes of a host or of one process. What the limit does is in actors/gate.ts. */

import { z } from "zod";
import { fullPolicies } from "../../mailbox/index.js";
import { duration, fields, positive } from "./fields.js";

/** As long as a call waits by default. */
const defaultSendTimeoutMs = 5_000;

export const mailboxBlock = fields({
  size: positive,
  on_full: z.enum(fullPolicies).default("block"),
  send_timeout: duration.optional(),
}).transform((given, context) => {
  if (given.send_timeout !== undefined && given.on_full !== "block") {
    const message = `must be left out: with "on_full" ${given.on_full} no sender waits`;
    context.addIssue({ code: "custom", path: ["send_timeout"], message });
    return z.NEVER;
  }
  return { size: given.size, onFull: given.on_full, sendTimeoutMs: given.send_timeout ?? defaultSendTimeoutMs };
});

const kept = "the Temporal server keeps every signal of a workflow, so that none could wait, be refused or be dropped";

/** Where a block cannot be, and why. */
export const noMailbox: Readonly<Record<string, string>> = {
  "workflow.lua": `"mailbox" cannot be set for a workflow: ${kept}. Bound the processes that send to it`,
  "temporal.worker": `"mailbox" cannot be set for a worker: ${kept}. Bound the processes that send to them`,
  "function.lua": '"mailbox" cannot be set for a function, which gets no messages; set it for a process.lua',
};
