/** The example on Temporal: the whole batch, HTTP, and a kill -9 in the middle; each on a server of its own. */
import type { Client } from "@temporalio/client";
import { afterEach, expect, it } from "vitest";
import { describeTemporal } from "../support/temporal.js";
import { type OwnTemporalServer, startTemporalServer } from "../support/temporal-server.js";
import { lastJson, perdure, Running } from "./command.js";
import { charges, example, expectOneChargeEach, numbers, summary } from "./orders.js";

const onTemporal = ["-o", "orders:workflows={kind: temporal.worker, client: temporal, task_queue: orders}"];

let server: OwnTemporalServer | undefined;
let running: Running | undefined;

afterEach(async () => {
  await running?.end("SIGKILL");
  await server?.stop();
  running = undefined;
  server = undefined;
});

async function openServer(): Promise<OwnTemporalServer> {
  server = await startTemporalServer();
  return server;
}

function serve({ address }: OwnTemporalServer): Running {
  running = new Running(["run", ...onTemporal, example], { env: envOf(address) });
  return running;
}

function envOf(address: string): Record<string, string> {
  return { TEMPORAL_ADDRESS: address, ORDERS_ADDR: "127.0.0.1:0" };
}

async function runsOf(client: Client): Promise<{ workflowId: string; status: string }[]> {
  const runs: { workflowId: string; status: string }[] = [];
  for await (const { workflowId, status } of client.workflow.list()) runs.push({ workflowId, status: status.name });
  return runs;
}

async function post(url: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${url}/api/orders`, { method: "POST", body: text });
  return { status: response.status, body: await response.json() };
}

describeTemporal("the order desk", () => {
  it("works through its batch, while one of its helpers crashes and is restarted; then serves HTTP", async () => {
    const own = await openServer();
    const batch = await perdure(["run", ...onTemporal, example, "orders:main"], {
      env: envOf(own.address),
      limitMs: 60_000,
    });
    expect({ code: batch.code, last: lastJson(batch.stdout) }).toEqual({ code: 0, last: summary });
    expect(batch.stdout.split("\n").filter((line) => /^ +\d+ +\S/.test(line))).toHaveLength(40);
    expectOneChargeEach(batch.stderr);
    expect(batch.stderr).toMatch(/WARN: orders:approvals crashed and is restarted/);
    expect(batch.stderr.slice(batch.stderr.indexOf("crashed and is restarted"))).toMatch(/INFO: order \d+ completed/);
    const unreadable = batch.stderr
      .split("\n")
      .filter((line) => !/^\d\d:\d\d:\d\d\.\d{3} [A-Z]+: \S|^ {4}|^$/.test(line));
    expect(unreadable).toEqual([]);
    expect(batch.stderr).not.toMatch(/is (degraded|down)/);

    const desk = serve(own);
    const url = await desk.logged(/listening on (http:\S+)/);
    const order = {
      number: 41,
      customer: "Dalia",
      item: "chair",
      quantity: 1,
      price: 120,
      card: "4003",
      address: "home",
    };
    expect(await post(url, order)).toMatchObject({
      status: 201,
      body: { number: 41, pid: expect.stringContaining("order-41") },
    });
    const { pid } = (await post(url, { ...order, number: 42 })).body as { pid: string };
    expect(await post(url, { ...order, number: 42 })).toMatchObject({ status: 409, body: { pid } });
    expect(await post(url, "{")).toMatchObject({ status: 400, body: { error: expect.stringContaining("number") } });
    expect(await post(url, { number: "x" })).toMatchObject({ status: 400 });
    const stopping = performance.now();
    const { code, signal } = await desk.end("SIGTERM");
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(performance.now() - stopping).toBeLessThan(5_000);
  });

  it("finishes every order once, though its node is killed while starting them and again while working on them", async () => {
    const own = await openServer();
    const first = serve(own);
    await first.until("ten orders have started", async () =>
      (await runsOf(own.client)).length >= 10 ? true : undefined,
    );
    const killed = [await first.end("SIGKILL")];

    const second = serve(own);
    await second.until("it charged somebody", () => (charges(second.stderr).size > 0 ? true : undefined));
    killed.push(await second.end("SIGKILL"));
    expect(killed.map(({ signal }) => signal)).toEqual(["SIGKILL", "SIGKILL"]);
    expect((await runsOf(own.client)).some(({ status }) => status === "RUNNING")).toBe(true);

    const third = serve(own);
    await third.logged(/INFO: (orders: .*compensated)/, 90_000);
    expect(third.stderr).toContain(`INFO: ${summary} `);
    const ended = await third.end("SIGTERM");
    expect(ended.code).toBe(0);
    const runs = await runsOf(own.client);
    expect(runs.map(({ workflowId }) => workflowId).sort()).toEqual(numbers.map((number) => `order-${number}`).sort());
    expect(runs.filter(({ status }) => status !== "COMPLETED")).toEqual([]);
    expectOneChargeEach([...killed, ended].map(({ stderr }) => stderr).join("\n"));
  }, 150_000);
});
