/** `npm run services` and `services:stop`, on a record folder of the test's own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runScript } from "../support/script.js";
import { describeTemporal } from "../support/temporal.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "perdure-services-"));
});

afterEach(async () => {
  await services(["stop"]);
  rmSync(folder, { recursive: true, force: true });
});

function services(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  return runScript("services.mjs", args, { PERDURE_DIR: folder, PERDURE_TEMPORAL_PORT: "0", ...env });
}

/** A PATH and a cache without any server program. */
function bareMachine() {
  return { PATH: join(folder, "empty"), XDG_CACHE_HOME: join(folder, "cache"), PERDURE_OFFLINE: "1" };
}

describe("services without a program", () => {
  it("names what to install and exits with 1", async () => {
    const { code, stderr } = await services(["start"], bareMachine());
    expect(code).toBe(1);
    expect(stderr).toContain("Temporal's command line program was not found");
    expect(stderr).toContain("TEMPORAL_ADDRESS");
    expect(stderr).not.toContain(".mjs:");
  });

  it("does not accept a REDIS_URL that is no URL", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await services(["start", "--with", "redis"], {
      TEMPORAL_ADDRESS: address,
      REDIS_URL: "nonsense",
    });
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain('REDIS_URL is "nonsense"');
  });

  it("refuses an unknown service and an unknown command", async () => {
    expect((await services(["start", "--with", "kafka"])).stderr).toContain(
      '--with names "kafka"; known are temporal, redis',
    );
    expect((await services(["begin"])).stderr).toContain("usage:");
  });
});

describe("a server named in TEMPORAL_ADDRESS", () => {
  it("is used, and nothing is started", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stdout } = await services(["start", "--json"], { TEMPORAL_ADDRESS: address });
    server.close();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual([{ name: "temporal", address, started: false }]);
  });

  it("that does not answer is an error", async () => {
    const { code, stderr } = await services(["start"], { TEMPORAL_ADDRESS: "127.0.0.1:1" });
    expect(code).toBe(1);
    expect(stderr).toContain("TEMPORAL_ADDRESS is 127.0.0.1:1, but nothing answers there");
  });
});

describe("a record of a server that is gone", () => {
  it("is forgotten, and a program that has the pid now is left alone", async () => {
    const record = { pid: process.pid, marks: ["start-dev", "--port 7233 "], address: "127.0.0.1:7233" };
    writeFileSync(join(folder, "services.json"), JSON.stringify({ temporal: record }));
    expect((await services(["status"])).stdout).toContain("temporal not running");
    expect((await services(["stop"])).stdout).toContain("no server was running");
    expect(() => readFileSync(join(folder, "services.json"))).toThrow("ENOENT");
  });
});

describeTemporal("a Temporal server of our own", () => {
  it("starts once, is found again, and ends", async () => {
    const path = { PATH: `${join(folder, "bin")}:${process.env.PATH}` };
    mkdirSync(join(folder, "bin"));
    if (process.env.PERDURE_TEMPORAL_BIN) symlinkSync(process.env.PERDURE_TEMPORAL_BIN, join(folder, "bin/temporal"));
    const [first] = JSON.parse((await services(["start", "--json"], path)).stdout);
    const [second] = JSON.parse((await services(["start", "--json"], path)).stdout);
    expect(first).toMatchObject({ name: "temporal", started: true });
    expect(second).toEqual({ ...first, started: false });
    expect((await services(["status"])).stdout).toContain(`temporal ${first.address} (running, pid ${first.pid})`);
    expect((await services(["stop"])).stdout).toBe(`temporal ${first.address} (stopped)\n`);
    expect((await services(["start"], { ...path, TEMPORAL_ADDRESS: first.address })).stderr).toContain(
      "nothing answers there",
    );
    expect((await services(["stop"])).stdout).toBe("no server was running\n");
  });
});
