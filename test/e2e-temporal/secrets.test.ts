/** A workflow that makes secrets: a fresh worker comes to the same, and its history holds no key that was only used. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Pid } from "../../mailbox/index.js";
import { type AppFiles, TestApp, temporalEntries, valueIn } from "../support/app.js";
import { expectSecretsKept, secretModules, secretSpellings, secretsSource } from "../support/secrets.js";
import { connectTemporal, describeTemporal, type TemporalConnection, uniqueQueue } from "../support/temporal.js";

describeTemporal("secrets in a workflow", () => {
  const queue = uniqueQueue("secrets");
  let server: TemporalConnection;
  let app: TestApp | undefined;
  let pid: Pid;

  const files = async (): Promise<AppFiles> => ({
    "_index.yaml": `${temporalEntries(queue)}
  - name: secrets
    kind: workflow.lua
    modules: ${secretModules}
    source: file://secrets.lua
    meta: {temporal: {workflow: {worker: worker}}}
  - name: much
    kind: workflow.lua
    modules: [crypto]
    source: |
      local crypto = require("crypto")
      return function()
        local sum = 0
        for _ = 1, 5 do sum = sum + #crypto.random.bytes(1048576) end
        return sum
      end
    meta: {temporal: {workflow: {worker: worker}}}
`,
    "secrets.lua": await secretsSource(),
  });
  const handle = () => server.client.workflow.getHandle(pid.id);
  const digest = () => handle().query<string>("@digest");

  beforeAll(async () => {
    server = await connectTemporal();
    app = await TestApp.boot(await files());
    pid = await app.spawn("t:secrets", "t:worker", [], { monitor: true });
  });
  afterAll(async () => {
    await app?.stop();
    await server?.connection.close();
  });

  it("are made, and checked, as in a process; and a fresh worker replays them", async () => {
    const before = await app!.ask(pid, "say");
    expectSecretsKept(before);
    const live = await digest();
    await app!.stop();
    app = await TestApp.boot(await files());
    expect(await digest()).toBe(live);
    expect(await app.ask(pid, "say")).toEqual(before);
    await app.tell(pid, "finish");
    expect(await handle().result()).toEqual(before);
  });

  it("may be long: more random bytes than one workflow task can carry", async () => {
    expect(valueIn(await app!.client.exec("t:much", "t:worker", []))).toBe(5 * 1048576);
  });

  it("are not in its history: no password, private key or plain text", async () => {
    const { events } = await handle().fetchHistory();
    const recorded = (events ?? []).flatMap((event) => bytesIn(event.markerRecordedEventAttributes ?? {})).join("\n");
    const { token } = (await handle().result()) as { token: string };
    expect(recorded).toContain(Buffer.from(token.split(".")[2]!, "base64url").toString("base64"));
    expect(secretSpellings.filter((text) => recorded.includes(text))).toEqual([]);
  });
});

/** Every byte string in a part of a history, as text. */
function bytesIn(part: unknown): string[] {
  if (part instanceof Uint8Array) return [Buffer.from(part).toString("latin1")];
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(bytesIn) : [];
}
