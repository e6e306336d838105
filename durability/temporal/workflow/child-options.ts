/** Options of a spawn that becomes a child workflow. Source: specification 3.4. */
import type { ChildWorkflowOptions } from "@temporalio/workflow";
import type { PayloadRecord } from "../../../actors/index.js";
import { isCron } from "./cron.js";
import { type ConflictPolicy, defined, OptionProblem, Options } from "./options.js";

export interface ChildChoices {
  readonly id?: string;
  readonly taskQueue?: string;
  readonly conflict?: ConflictPolicy;
  readonly options: ChildWorkflowOptions;
}

const reuses = { ALLOW_DUPLICATE: 1, ALLOW_DUPLICATE_FAILED_ONLY: 2, REJECT_DUPLICATE: 3 } as const;
const closes = { TERMINATE: 1, ABANDON: 2, REQUEST_CANCEL: 3 } as const;

/** Throws OptionProblem. Unknown keys belong to others and are ignored. */
export function childOptions(table: PayloadRecord): ChildChoices {
  const own = new Options(table, ["workflow.", "temporal.workflow."]);
  const id = own.text("id");
  if (id === "") throw new OptionProblem("workflow.id cannot be empty");
  const cronSchedule = own.word("cron_schedule");
  if (cronSchedule !== undefined && !isCron(cronSchedule)) {
    throw new OptionProblem(`workflow.cron_schedule is not a cron expression: ${cronSchedule}`);
  }
  const retry = own.retryPolicy("retry_policy");
  const options = defined({
    workflowExecutionTimeout: own.duration("execution_timeout"),
    workflowRunTimeout: own.duration("run_timeout"),
    workflowTaskTimeout: own.duration("task_timeout"),
    workflowIdReusePolicy: own.choice("id_reuse_policy", "WORKFLOW_ID_REUSE_POLICY_", reuses),
    parentClosePolicy: own.choice("parent_close_policy", "PARENT_CLOSE_POLICY_", closes),
    retry,
    cronSchedule,
    memo: own.record("memo"),
    searchAttributes: searchAttributes(own),
    staticSummary: own.text("summary") ?? own.text("static_summary"),
    staticDetails: own.text("details") ?? own.text("static_details"),
    priority: own.priority("priority"),
  }) as ChildWorkflowOptions;
  const conflict = own.conflictPolicy();
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
