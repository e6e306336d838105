/** Starting a workflow: the request, who wins when the id is taken, and the exact outcome. Checked options come from options.ts. */
import { WorkflowClient, type WorkflowOptions } from "@temporalio/client";
import { compileWorkflowOptions } from "@temporalio/client/lib/workflow-options.js";
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from "@temporalio/common";
import protos, { type temporal } from "@temporalio/proto";
import { type Failure, failure, type Payload, payloadTag } from "../../mailbox/index.js";
import { alreadyStarted, type ConflictPolicy, defined } from "../workflow/index.js";
import type { StartOptions } from "./options.js";
import { grpc, grpcCode, grpcFailure, type Rpc } from "./rpc.js";
import { encodeHeader } from "./values.js";
import type { StartHeader } from "./workflow/protocol.js";

export interface StartPlan {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly Payload[];
  readonly header: StartHeader;
  readonly options: StartOptions;
  readonly conflictPolicy: ConflictPolicy;
}

/** `runId` is the current run's when it existed. */
export type StartOutcome =
  | { readonly kind: "started"; readonly runId: string }
  | { readonly kind: "existed"; readonly runId: string }
  | { readonly kind: "refused"; readonly error: Failure };

type StartRequest = temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest;

/** The SDK's own request, with its exact answer in place of a handle that hides whether the workflow existed. */
class Requests extends WorkflowClient {
  build(plan: StartPlan, options: WorkflowOptions): Promise<StartRequest> {
    const compiled = compileWorkflowOptions({ ...options, args: [...plan.args] });
    return this.createStartWorkflowRequest({
      workflowType: plan.workflowType,
      headers: encodeHeader(plan.header),
      options: compiled,
    });
  }
}

export class Starter {
  private readonly rpc: Rpc;
  private readonly requests: Requests;

  constructor(rpc: Rpc) {
    this.rpc = rpc;
    const { connection, namespace, identity } = rpc;
    this.requests = new Requests({ connection, namespace, identity });
  }

  /** Start once: a repeat within this call carries the same request id. Never rejects. */
  async start(plan: StartPlan): Promise<StartOutcome> {
    const options = workflowOptions(plan);
    if ("kind" in options) return { kind: "refused", error: options };
    try {
      const request = await this.requests.build(plan, options);
      const { runId, started } = await this.rpc.call((service) => service.startWorkflowExecution(request));
      return { kind: started ? "started" : "existed", runId };
    } catch (error) {
      return { kind: "refused", error: refusal(plan, error) };
    }
  }
}

function refusal(plan: StartPlan, error: unknown): Failure {
  if (grpcCode(error) !== grpc.alreadyExists) return grpcFailure(error);
  return alreadyStarted(plan.workflowId, runIdIn(error), plan.header.pid);
}

/** The run that holds the id; "" when the server does not say. */
function runIdIn(error: unknown): string {
  const metadata = (error as { metadata?: { get(key: string): unknown[] } }).metadata;
  const [encoded] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!(encoded instanceof Uint8Array)) return "";
  const { details } = protos.google.rpc.Status.decode(encoded);
  const mine = details.find((detail) => detail.type_url?.endsWith("WorkflowExecutionAlreadyStartedFailure"));
  if (!mine?.value) return "";
  return protos.temporal.api.errordetails.v1.WorkflowExecutionAlreadyStartedFailure.decode(mine.value).runId;
}

function workflowOptions(plan: StartPlan): WorkflowOptions | Failure {
  const { options } = plan;
  const attributes = searchAttributes(options.searchAttributes ?? {});
  if ("kind" in attributes) return attributes;
  const { versioningOverride: override } = options;
  return defined({
    workflowId: plan.workflowId,
    taskQueue: plan.taskQueue,
    workflowIdConflictPolicy: plan.conflictPolicy,
    workflowIdReusePolicy:
      options.reusePolicy === "TERMINATE_IF_RUNNING" ? ("ALLOW_DUPLICATE" as const) : options.reusePolicy,
    workflowExecutionTimeout: options.executionTimeoutMs,
    workflowRunTimeout: options.runTimeoutMs,
    workflowTaskTimeout: options.taskTimeoutMs,
    startDelay: options.startDelayMs,
    retry: options.retry,
    cronSchedule: options.cronSchedule,
    memo: options.memo,
    typedSearchAttributes: attributes.pairs.length > 0 ? attributes.pairs : undefined,
    staticSummary: options.summary,
    staticDetails: options.details,
    priority: options.priority,
    versioningOverride:
      override && (override.version === undefined ? ("AUTO_UPGRADE" as const) : { pinnedTo: override.version }),
  }) as WorkflowOptions;
}

/** The type of each attribute follows from its value. Source: specification 2.7. */
function searchAttributes(table: Readonly<Record<string, Payload>>): { pairs: SearchAttributePair[] } | Failure {
  const pairs: SearchAttributePair[] = [];
  for (const [name, value] of Object.entries(table)) {
    const pair = searchAttribute(name, value);
    if (pair === undefined) {
      const message = `search attribute ${name} must be a string, boolean, number, time or array of strings`;
      return failure("INVALID", message, { retryable: false });
    }
    pairs.push(pair);
  }
  return { pairs };
}

function searchAttribute(name: string, value: Payload): SearchAttributePair | undefined {
  if (typeof value === "string") return { key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value };
  if (typeof value === "boolean") return { key: defineSearchAttributeKey(name, SearchAttributeType.BOOL), value };
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return { key: defineSearchAttributeKey(name, SearchAttributeType.INT), value };
    return { key: defineSearchAttributeKey(name, SearchAttributeType.DOUBLE), value };
  }
  if (Array.isArray(value) && value.every((item): item is string => typeof item === "string")) {
    return { key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD_LIST), value };
  }
  if (payloadTag(value) !== "$time") return undefined;
  const { $time } = value as { $time: string };
  return { key: defineSearchAttributeKey(name, SearchAttributeType.DATETIME), value: new Date($time) };
}
