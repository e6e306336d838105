/** The server that a test run gets: it answers the client and Temporal's own command line. */
import { expect, it } from "vitest";
import { connectTemporal, describeTemporal, temporalCli, uniqueQueue } from "../support/temporal.js";

describeTemporal("the Temporal server of a test run", () => {
  it("keeps what a client starts and shows it to the command line", async () => {
    const { connection, client } = await connectTemporal();
    const workflowId = uniqueQueue("started");
    await client.workflow.start("unserved", { taskQueue: uniqueQueue("queue"), workflowId, args: [{ n: 1 }] });
    const shown: unknown = JSON.parse(await temporalCli(["workflow", "describe", "-w", workflowId, "-o", "json"]));
    expect(shown).toMatchObject({ workflowExecutionInfo: { type: { name: "unserved" } } });
    await temporalCli(["workflow", "terminate", "-w", workflowId, "--reason", "end of the test"]);
    await expect(client.workflow.getHandle(workflowId).result()).rejects.toThrow();
    await connection.close();
  });
});
