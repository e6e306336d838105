/** The host laws again, this time with no run kept in memory; and what every run of them did, replayed by a worker that saw none. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeHost } from "../conformance/host.js";
import { agentApp, TestApp, until } from "../support/app.js";
import { connectTemporal, describeTemporal, type TemporalConnection, uniqueQueue } from "../support/temporal.js";

describeTemporal("without a cache of runs", () => {
  const queue = uniqueQueue("laws");
  let server: TemporalConnection;
  let app: TestApp;
  beforeAll(async () => {
    server = await connectTemporal();
    app = await TestApp.boot(await agentApp(queue, "", "max_cached_workflows: 0"));
  });
  afterAll(async () => {
    await app?.stop();
    await server?.connection.close();
  });

  describeHost("temporal without a cache of runs", {
    open: async () => ({
      app: app.running,
      entry: "t:flow",
      host: "t:worker",
      memoryEntry: "t:agent",
      memoryHost: "t:memory",
      close: async () => {},
    }),
    skip: [],
  });

  it("a fresh worker has the digest of every run that has ended", async () => {
    const query = `TaskQueue = "${queue}" AND (ExecutionStatus = "Completed" OR ExecutionStatus = "Failed")`;
    const count = async () => (await server.client.workflow.count(query)).count;
    await until(async () => (await count()) >= 20);
    const digests = async (): Promise<Map<string, string>> => {
      const found = new Map<string, string>();
      for await (const { workflowId, runId } of server.client.workflow.list({ query })) {
        const handle = server.client.workflow.getHandle(workflowId, runId);
        found.set(runId, await handle.query<string>("@digest"));
      }
      return found;
    };
    const lived = await digests();
    await app.stop();
    app = await TestApp.boot(await agentApp(queue));
    const replayed = await digests();
    for (const [runId, digest] of lived) expect(replayed.get(runId), runId).toBe(digest);
  });
});
