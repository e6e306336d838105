/** What the server knows of a run now: open or closed, and the first run of its chain. */
import protos from "@temporalio/proto";
import { after, grpc, grpcCode, type Rpc, sendDeadlineMs } from "./rpc.js";

export interface RunState {
  readonly open: boolean;
  readonly runId: string;
  readonly firstRunId: string;
}

const { WORKFLOW_EXECUTION_STATUS_RUNNING, WORKFLOW_EXECUTION_STATUS_PAUSED } =
  protos.temporal.api.enums.v1.WorkflowExecutionStatus;

/** The current run, or the given one; undefined when there is none. Throws like `Rpc.call`. */
export async function describeRun(
  rpc: Rpc,
  workflowId: string,
  runId: string | undefined,
  deadline = after(sendDeadlineMs),
): Promise<RunState | undefined> {
  try {
    const { workflowExecutionInfo: info } = await rpc.call(
      (service) =>
        service.describeWorkflowExecution({
          namespace: rpc.namespace,
          execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
        }),
      deadline,
    );
    const current = info?.execution?.runId;
    if (!current) return undefined;
    const open = info.status === WORKFLOW_EXECUTION_STATUS_RUNNING || info.status === WORKFLOW_EXECUTION_STATUS_PAUSED;
    return { open, runId: current, firstRunId: info.firstRunId || current };
  } catch (error) {
    if (grpcCode(error) === grpc.notFound) return undefined;
    throw error;
  }
}
