/** A workflow with a time-out of its own, in its last seconds: the server then repeats no activity any more, ours included. */
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "@temporalio/client";
import { expect, it } from "vitest";
import { agentApp, TestApp, until } from "../support/app.js";
import { connectTemporal, describeTemporal, uniqueQueue } from "../support/temporal.js";
import { ownNamespace } from "../support/temporal-host.js";

describeTemporal("a workflow that is about to time out", () => {
  it("does not take the shutdown of the node that watches its peer for the peer's end", async () => {
    // Nobody else's node may take over the watch.
    const namespace = await ownNamespace();
    const queue = uniqueQueue("last");
    const { "_index.yaml": yaml = "", ...files } = await agentApp(queue);
    const app = {
      ...files,
      "_index.yaml": yaml.replace("temporal.client,", `temporal.client, namespace: ${namespace},`),
    };
    const { connection } = await connectTemporal();
    const client = new Client({ connection, namespace });
    const nodes = await Promise.all([TestApp.boot(app), TestApp.boot(app)]);
    const [starter] = nodes;
    try {
      const lifeMs = 4_000;
      const [peer, target] = await Promise.all([
        starter.spawn("t:flow", "t:worker", [{ trap: true }]),
        starter.spawn("t:flow", "t:worker", [], { options: { "temporal.workflow.run_timeout": lifeMs } }),
      ]);
      const endsAt = Date.now() + lifeMs;
      await starter.ask(peer, "link", target.text);
      const handle = client.workflow.getHandle(target.id);
      let watching: TestApp | undefined;
      await until(async () => {
        const { raw } = await handle.describe();
        const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === "@watch-run");
        watching = nodes.find(({ running }) => watch?.lastWorkerIdentity === `perdure:${running.system.node}`);
        return watching !== undefined;
      });
      // Later than the pause before a repeat, which would be past the end of the run.
      await pause(endsAt - 700 - Date.now());
      await watching?.stop();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: "TimeoutFailure" } });
    } finally {
      for (const node of nodes) await node.stop();
      await connection.close();
    }
  });
});
