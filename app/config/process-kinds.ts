/** Schemas of process hosts and of the processes they start by themselves. */

import { z } from "zod";
import { entryFields, entryId, fields, lifecycle, positive } from "./fields.js";
import { journalBlock } from "./journal.js";
import { mailboxBlock } from "./mailbox.js";

const hostBlock = fields({
  workers: positive.default(1),
  queue_size: positive.default(1024),
  local_queue_size: positive.default(256),
  max_processes: positive.optional(),
  isolation: z.enum(["shared", "state"]).default("shared"),
}).prefault({});

export const processHost = entryFields({
  host: hostBlock,
  journal: journalBlock.optional(),
  mailbox: mailboxBlock.optional(),
  lifecycle,
}).transform((given) => ({
  /** Threads for its processes, at most as many as the machine has cores; 1: the main thread. */
  workers: given.host.workers,
  queueSize: given.host.queue_size,
  localQueueSize: given.host.local_queue_size,
  maxProcesses: given.host.max_processes,
  isolation: given.host.isolation,
  /** Undefined: its processes live in memory. */
  journal: given.journal,
  /** Of its processes that have no limit of their own. */
  mailbox: given.mailbox,
  lifecycle: given.lifecycle,
}));

export const processService = entryFields({
  process: entryId,
  host: entryId,
  input: z.array(z.unknown()).default([]),
  lifecycle,
}).transform((given) => ({
  process: given.process,
  host: given.host,
  /** One element for each argument of `main`. */
  input: given.input,
  lifecycle: given.lifecycle,
}));
