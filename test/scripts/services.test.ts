/** `npm run services` and `services:stop`, on a record folder of the test's own. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeRedis } from "../support/redis.js";
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
  return runScript("services.mjs", args, {
    PERDURE_DIR: folder,
    PERDURE_TEMPORAL_PORT: "0",
    PERDURE_REDIS_PORT: "0",
    ...env,
  });
}

/** Stands for a server of the user's own: it accepts connections. */
async function listening<T>(use: (address: string) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
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
    const { code, stderr } = await listening((address) =>
      services(["start"], { TEMPORAL_ADDRESS: address, REDIS_URL: "nonsense" }),
    );
    expect(code).toBe(1);
    expect(stderr).toContain('REDIS_URL is "nonsense"');
  });

  it("refuses an unknown service and an unknown command", async () => {
    expect((await services(["start", "--only", "kafka"])).stderr).toContain(
      '--only names "kafka"; known are temporal, redis',
    );
    expect((await services(["begin"])).stderr).toContain("usage:");
  });
});

describe("servers named in the environment", () => {
  it("are used, and nothing is started", async () => {
    await listening(async (address) => {
      const url = `redis://${address}/1`;
      const { code, stdout } = await services(["start", "--json"], { TEMPORAL_ADDRESS: address, REDIS_URL: url });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual([
        { name: "temporal", address, started: false },
        { name: "redis", address: url, started: false },
      ]);
    });
  });

  it("that do not answer are an error", async () => {
    const temporal = await services(["start"], { TEMPORAL_ADDRESS: "127.0.0.1:1" });
    expect(temporal.code).toBe(1);
    expect(temporal.stderr).toContain("TEMPORAL_ADDRESS is 127.0.0.1:1, but nothing answers there");
    const redis = await listening((address) =>
      services(["start"], { TEMPORAL_ADDRESS: address, REDIS_URL: "redis://127.0.0.1:1" }),
    );
    expect(redis.code).toBe(1);
    expect(redis.stderr).toContain("REDIS_URL is redis://127.0.0.1:1, but nothing answers there");
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
    await listening((address) => startsOnce("temporal", { ...path, REDIS_URL: `redis://${address}` }));
  });
});

describeRedis("a Redis server of our own", () => {
  it("starts once, is found again, and ends; every write is in a file first", async () => {
    const path = { PATH: `${join(folder, "bin")}:${process.env.PATH}` };
    mkdirSync(join(folder, "bin"));
    if (process.env.PERDURE_REDIS_BIN) symlinkSync(process.env.PERDURE_REDIS_BIN, join(folder, "bin/redis-server"));
    await listening((address) => startsOnce("redis", { ...path, TEMPORAL_ADDRESS: address }));
    expect(existsSync(join(folder, "services/appendonlydir"))).toBe(true);
  });
});

/** The life of the shared server `name`; `env` names another one in place of each other service. */
async function startsOnce(name: "temporal" | "redis", env: Readonly<Record<string, string>>): Promise<void> {
  const start = async (): Promise<Record<string, unknown>> => {
    const running = JSON.parse((await services(["start", "--json"], env)).stdout) as Record<string, unknown>[];
    return running.find((one) => one.name === name)!;
  };
  const first = await start();
  expect(first).toMatchObject({ name, started: true });
  expect(await start()).toEqual({ ...first, started: false });
  expect((await services(["status"])).stdout).toContain(`${name} ${first.address} (running, pid ${first.pid})`);
  expect((await services(["stop"])).stdout).toBe(`${name} ${first.address} (stopped)\n`);
  const variable = name === "temporal" ? "TEMPORAL_ADDRESS" : "REDIS_URL";
  const named = await services(["start"], { ...env, [variable]: String(first.address) });
  expect(named.stderr).toContain("nothing answers there");
  expect((await services(["stop"])).stdout).toBe("no server was running\n");
}
