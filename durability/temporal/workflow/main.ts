/** Entry of the workflow bundle. The SDK wants the function of all workflow types as a default export, and finds nothing else here. */
import type { WorkflowInterceptorsFactory } from "@temporalio/workflow";
import { headerInterceptors } from "./carrier.js";
import { loadProgram } from "./program.js";
import { workflowMain } from "./run.js";

export default workflowMain(loadProgram);

export const interceptors: WorkflowInterceptorsFactory = headerInterceptors;
