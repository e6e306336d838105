/** Options of a spawn that becomes a child workflow. Source: specification 3.4. */
import type { ChildWorkflowOptions } from "@temporalio/workflow";
import type { PayloadRecord } from "../../../actors/index.js";
import {
  type ConflictPolicy,
  defined,
  OptionProblem,
  type Options,
  readChildPolicies,
  workflowOptions,
} from "../../workflow/index.js";
import { isCron } from "./cron.js";

export interface ChildChoices {
  readonly id?: string;
  readonly taskQueue?: string;
  readonly conflict?: ConflictPolicy;
  readonly options: ChildWorkflowOptions;
}

/** Options of a call over the entry's own. Throws OptionProblem. Unknown keys belong to others and are ignored. */
export function childOptions(defaults: PayloadRecord, given: PayloadRecord): ChildChoices {
  const own = workflowOptions(defaults, given);
  const { id, conflictPolicy: conflict, ...policies } = readChildPolicies(own);
  const cronSchedule = own.word("cron_schedule");
  if (cronSchedule !== undefined && !isCron(cronSchedule)) {
    throw new OptionProblem(`workflow.cron_schedule is not a cron expression: ${cronSchedule}`);
  }
  const options = defined({
    workflowExecutionTimeout: policies.executionTimeoutMs,
    workflowRunTimeout: policies.runTimeoutMs,
    workflowTaskTimeout: own.duration("task_timeout"),
    workflowIdReusePolicy: policies.reusePolicy,
    parentClosePolicy: policies.parentClosePolicy,
    retry: own.retryPolicy("retry_policy"),
    cronSchedule,
    memo: own.record("memo"),
    searchAttributes: searchAttributes(own),
    staticSummary: own.text("summary") ?? own.text("static_summary"),
    staticDetails: own.text("details") ?? own.text("static_details"),
    priority: own.priority("priority"),
  }) as ChildWorkflowOptions;
  const taskQueue = own.queue("task_queue");
  return {
    ...(id === undefined ? {} : { id }),
    ...(taskQueue === undefined ? {} : { taskQueue }),
    ...(conflict === undefined ? {} : { conflict }),
    options,
  };
}

/** Every attribute as a list of values, as the SDK takes them. */
function searchAttributes(own: Options): { [name: string]: unknown[] } | undefined {
  const table = own.record("search_attributes") ?? own.record("typed_search_attributes");
  if (table === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => [name, Array.isArray(value) ? [...value] : [value]]),
  );
}
