// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of the configuration are written so
import { describe, expect, test } from "vitest";
import { entriesOfKind } from "../../app/entries.js";
import { loadEntries, problemsIn } from "./fixtures/config/app.js";

describe("process.host and process.service", () => {
  const service = `
  - {name: pool, kind: process.host}
  - {name: desk, kind: process.lua, source: return 10}
`;

  test("defaults", async () => {
    const config = await loadEntries("  - {name: pool, kind: process.host}\n");
    expect(config.entries.get("app:pool")).toEqual({
      id: "app:pool",
      namespace: "app",
      name: "pool",
      kind: "process.host",
      meta: {},
      position: { file: expect.stringMatching(/_index\.yaml$/), line: 3, column: 5 },
      workers: 1,
      queueSize: 1024,
      localQueueSize: 256,
      maxProcesses: undefined,
      isolation: "shared",
      lifecycle: {
        autoStart: false,
        startup: "required",
        requires: [],
        startTimeoutMs: 10_000,
        stopTimeoutMs: 10_000,
        stableThresholdMs: 5_000,
        restart: { initialDelayMs: 1_000, maxDelayMs: 90_000, backoffFactor: 2, jitter: 0.1, maxAttempts: 0 },
        security: undefined,
      },
    });
  });

  test("an empty block counts as absent", async () => {
    const config = await loadEntries(
      "  - name: pool\n    kind: process.host\n    host:\n    meta:\n    lifecycle: {restart: }\n",
    );
    expect(config.entries.get("app:pool")).toMatchObject({ queueSize: 1024, lifecycle: { restart: { jitter: 0.1 } } });
  });

  test("a host has as many workers as it says, in memory", async () => {
    const config = await loadEntries("  - name: pool\n    kind: process.host\n    host: {workers: 4}\n");
    expect(entriesOfKind(config, "process.host")[0]?.workers).toBe(4);
    expect(config.warnings).toEqual([]);
    const journal = "journal: {driver: lmdb, path: a.mdb}, host: {workers: 2}";
    expect(await problemsIn(`  - {name: kept, kind: process.host, ${journal}}\n`)).toEqual([
      '3:92: app:kept: "host.workers" must be 1 for a host with a journal, not 2; start more nodes on the same journal, or leave "journal" out',
    ]);
    for (const workers of ["-1", '"x"', "1.5"]) {
      const lines = await problemsIn(`  - {name: pool, kind: process.host, host: {workers: ${workers}}}\n`);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^3:54: app:pool: "host\.workers" must be /);
    }
  });

  test("every wrong field of the blocks is reported at its place", async () => {
    const lines = await problemsIn(`
  - name: pool
    kind: process.host
    host: {workers: 0, qeue_size: 1, isolation: own, max_processes: 1.5}
    lifecycle:
      auto_start: "yes"
      startup: maybe
      stop_timeout: 5 s
      restart: {jitter: 2, backoff_factor: 0.5, max_attempts: -1}
      security: {actor: {}}
`);
    expect(lines).toEqual([
      '5:21: app:pool: "host.workers" must be at least 1, not 0',
      '5:24: app:pool: unknown key "qeue_size" in "host" (did you mean "queue_size"?); allowed keys: workers, queue_size, local_queue_size, max_processes, isolation',
      '5:49: app:pool: "host.isolation" must be one of shared, state, not the text "own"',
      '5:69: app:pool: "host.max_processes" must be a whole number, not 1.5',
      '7:19: app:pool: "lifecycle.auto_start" must be true or false, not the text "yes"',
      '8:16: app:pool: "lifecycle.startup" must be one of required, optional, not the text "maybe"',
      '9:21: app:pool: "lifecycle.stop_timeout" must be a duration such as "1h30m" or "500ms", or a number of milliseconds, not "5 s"',
      '10:25: app:pool: "lifecycle.restart.jitter" must be at most 1, not 2',
      '10:44: app:pool: "lifecycle.restart.backoff_factor" must be at least 1, not 0.5',
      '10:63: app:pool: "lifecycle.restart.max_attempts" must be at least 0, not -1',
      '11:25: app:pool: missing "lifecycle.security.actor.id", which must be text',
    ]);
  });

  test("a service has process, host and arguments; requires and depends_on merge", async () => {
    const config = await loadEntries(`${service}
  - name: run
    kind: process.service
    process: desk
    host: app:pool
    input: [1, {a: null}, null]
    lifecycle: {requires: [pool, desk], depends_on: [app:pool], security: {actor: {id: me}, groups: [ops]}}
`);
    expect(config.entries.get("app:run")).toMatchObject({
      process: "app:desk",
      host: "app:pool",
      input: [1, { a: null }, null],
      lifecycle: {
        requires: ["app:pool", "app:desk"],
        security: { actor: { id: "me", meta: {} }, groups: ["ops"], policies: [] },
      },
    });
  });

  test("missing references say what they may be", async () => {
    expect(await problemsIn("  - name: run\n    kind: process.service\n    input: 3\n")).toEqual([
      '3:5: app:run: missing "process", which must be the id of a process.lua',
      '3:5: app:run: missing "host", which must be the id of a process.host',
      '5:12: app:run: "input" must be a list, not 3',
    ]);
  });
});

describe("temporal.client and temporal.worker", () => {
  const client = (rest: string) => `  - name: c\n    kind: temporal.client\n    address: "localhost:7233"\n${rest}`;
  const worker = (rest: string) =>
    `${client("")}  - name: w\n    kind: temporal.worker\n    client: c\n    task_queue: q\n${rest}`;

  test("defaults", async () => {
    const config = await loadEntries(worker(""));
    expect(config.entries.get("app:c")).toMatchObject({
      namespace: "app",
      address: "localhost:7233",
      temporalNamespace: "default",
      taskQueuePrefix: "",
      connectionTimeoutMs: 10_000,
      keepAliveTimeMs: 30_000,
      keepAliveTimeoutMs: 10_000,
      auth: { type: "none" },
      tls: { enabled: false, insecureSkipVerify: false },
      healthCheck: { enabled: false, intervalMs: 30_000 },
    });
    expect(entriesOfKind(config, "temporal.worker")[0]).toMatchObject({
      client: "app:c",
      taskQueue: "q",
      options: {
        maxConcurrentActivities: 1000,
        maxConcurrentWorkflowTasks: 1000,
        maxConcurrentLocalActivities: 1000,
        maxConcurrentSessions: 1000,
        maxConcurrentEagerActivities: 0,
        maxConcurrentActivityPollers: 20,
        maxConcurrentWorkflowPollers: 20,
        activitiesPerSecond: 0,
        stickyScheduleToStartTimeoutMs: 5_000,
        stopTimeoutMs: 0,
        identity: "",
        disableWorkflowWorker: false,
        defaultVersioningBehavior: "unspecified",
      },
    });
  });

  test("secrets keep where they come from", async () => {
    const key = await loadEntries(client("    auth: {type: api_key, api_key_env: KEY}\n"));
    expect(key.entries.get("app:c")).toMatchObject({
      auth: { type: "api_key", apiKey: { from: "environment", variable: "KEY" } },
    });
    expect(key.warnings.map((warning) => `${warning.line}:${warning.column}: ${warning.message}`)).toEqual([
      '6:40: app:c: "auth.api_key_env" is deprecated; write api_key: ${env:NAME}',
    ]);
    const mtls = await loadEntries(client("    auth: {type: mtls, cert_file: c.pem, key_pem: secret}\n"));
    expect(mtls.entries.get("app:c")).toMatchObject({
      auth: { type: "mtls", certificate: { from: "file", path: "c.pem" }, key: { from: "text", value: "secret" } },
    });
  });

  test("exactly one secret of each group, and none of another type", async () => {
    expect(await problemsIn(client("    auth: {type: api_key}\n"))).toEqual([
      '6:11: app:c: "auth" of type api_key needs exactly one of api_key, api_key_file, api_key_env; it has none',
    ]);
    expect(await problemsIn(client("    auth: {type: mtls, cert_file: a, cert_pem: b, api_key: k}\n"))).toEqual([
      '6:11: app:c: "auth" of type mtls needs exactly one of cert_file, cert_pem; it has cert_file and cert_pem',
      '6:11: app:c: "auth" of type mtls needs exactly one of key_file, key_pem, key_pem_env; it has none',
      '6:60: app:c: "auth.api_key" is for type api_key, but the type is mtls',
    ]);
    expect(await problemsIn(client("    auth: {cert_file: a}\n"))).toEqual([
      '6:23: app:c: "auth.cert_file" is for type mtls, but the type is none',
    ]);
  });

  test("a server name without verification is refused", async () => {
    expect(await problemsIn(client("    tls: {server_name: x, insecure_skip_verify: true}\n"))).toEqual([
      '6:49: app:c: "tls.insecure_skip_verify" does not go with server_name: without verification no name is compared; remove one of them',
    ]);
  });

  test("worker options are checked one by one", async () => {
    const lines = await problemsIn(
      worker(`    worker_options:
      max_concurrent_activity_execution_size: -1
      max_concurrent_workflow_task_pollers: 1
      worker_activities_per_second: -2
      sticky_schedule_to_start_timeout: -5s
      default_versioning_behavior: auto
      max_pollers: 3
`),
    );
    expect(lines.map((line) => line.split("; allowed")[0])).toEqual([
      '11:47: app:w: "worker_options.max_concurrent_activity_execution_size" must be at least 0, not -1',
      '12:45: app:w: "worker_options.max_concurrent_workflow_task_pollers" must be at least 2: one poller is kept for the sticky queue',
      '13:37: app:w: "worker_options.worker_activities_per_second" must be at least 0, not -2',
      '14:41: app:w: "worker_options.sticky_schedule_to_start_timeout" must be a duration such as "1h30m" or "500ms", or a number of milliseconds, not "-5s"',
      '15:36: app:w: "worker_options.default_versioning_behavior" must be one of unspecified, pinned, auto_upgrade, not the text "auto"',
      '16:7: app:w: unknown key "max_pollers" in "worker_options"',
    ]);
    expect(
      await problemsIn(
        worker("    worker_options: {disable_workflow_worker: true, local_activity_worker_only: true}\n"),
      ),
    ).toEqual([
      '10:81: app:w: "worker_options.local_activity_worker_only" does not go with disable_workflow_worker: together they leave the worker nothing to do',
    ]);
  });

  test("two workers on one queue are warned about", async () => {
    const config = await loadEntries(worker("  - {name: v, kind: temporal.worker, client: c, task_queue: q}\n"));
    expect(config.warnings).toMatchObject([{ line: 10, message: expect.stringContaining("also polled by app:w") }]);
  });
});

describe("http", () => {
  const http = (addr: string, endpoint: string) => `
  - {name: web, kind: http.service, addr: "${addr}"}
  - {name: api, kind: http.router, prefix: /api, meta: {server: web}, options: {cors.allow.origins: "*"}}
  - {name: f, kind: function.lua, method: run, source: "return {}"}
  - {name: e, kind: http.endpoint, func: f, meta: {router: api}, ${endpoint}}
`;

  test("addresses", async () => {
    const cases: [string, { host: string | undefined; port: number }][] = [
      [":8080", { host: undefined, port: 8080 }],
      ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
      ["localhost:80", { host: "localhost", port: 80 }],
      ["[::1]:9000", { host: "::1", port: 9000 }],
    ];
    for (const [written, addr] of cases) {
      const config = await loadEntries(http(written, "method: GET, path: /"));
      expect(entriesOfKind(config, "http.service")[0]?.addr).toEqual(addr);
    }
    for (const bad of ["8080", "host", ":99999", "a b:1"]) {
      expect(await problemsIn(http(bad, "method: GET, path: /"))).toEqual([
        `3:43: app:web: "addr" must be host:port with a port up to 65535, such as ":8080" or "127.0.0.1:0", not "${bad}"`,
      ]);
    }
  });

  test("a router belongs to a server, an endpoint to a router", async () => {
    const config = await loadEntries(http(":0", 'method: POST, path: "/users/{id}/{rest...}"'));
    expect(config.entries.get("app:api")).toMatchObject({ server: "app:web", prefix: "/api", middleware: [] });
    expect(config.entries.get("app:e")).toMatchObject({
      router: "app:api",
      func: "app:f",
      method: "POST",
      path: "/users/{id}/{rest...}",
    });
  });

  test("bad methods, paths and missing parents", async () => {
    expect(await problemsIn(http(":0", "method: get, path: users"))).toEqual([
      '6:74: app:e: "method" must be one of GET, POST, PUT, DELETE, PATCH, HEAD, OPTIONS, TRACE, not the text "get"',
      '6:85: app:e: "path" must start with / and have no spaces, ? or #',
    ]);
    const faults: [string, string][] = [
      ["/{a", 'has "{a"; a parameter is a whole segment: {name}, or {name...} at the end'],
      ["/{a...}/b", 'has "{a...}" in the middle; a {name...} parameter must come last'],
      ["/{a}/{a}", 'names the parameter "a" twice'],
    ];
    for (const [path, fault] of faults) {
      expect(await problemsIn(http(":0", `method: GET, path: "${path}"`))).toEqual([`6:85: app:e: "path" ${fault}`]);
    }
    expect(await problemsIn("  - {name: r, kind: http.router}\n")).toEqual([
      '3:5: app:r: missing "meta.server", which must be the id of an http.service',
    ]);
  });

  test("one route is served once", async () => {
    const twice = `${http(":0", "method: GET, path: /a")}  - {name: e2, kind: http.endpoint, func: f, meta: {router: api}, method: GET, path: /a}\n`;
    expect(await problemsIn(twice)).toEqual([
      "7:86: app:e2: GET /a of app:api is already served by app:e (_index.yaml:6:5)",
    ]);
  });
});

describe("data kinds", () => {
  test("a registry entry keeps whatever it holds", async () => {
    const config = await loadEntries(
      "  - {name: r, kind: registry.entry, meta: {a: 1}, limits: {max: 3, none: null}, list: [1]}\n",
    );
    expect(config.entries.get("app:r")).toMatchObject({
      meta: { a: 1 },
      data: { limits: { max: 3, none: null }, list: [1] },
    });
  });

  test("stores and environment storages", async () => {
    const config = await loadEntries(`
  - {name: s, kind: store.memory, max_size: 10, cleanup_interval: 1m}
  - {name: f, kind: env.storage.file, file_path: none.env, auto_create: true, file_mode: "0600"}
  - {name: t, kind: env.storage.static, values: {A: 1, B: true, C: text}}
  - {name: r, kind: env.storage.router, storages: [t, f]}
`);
    expect(config.entries.get("app:s")).toMatchObject({ maxSize: 10, cleanupIntervalMs: 60_000 });
    expect(config.entries.get("app:f")).toMatchObject({ fileMode: 0o600, dirMode: 0o755, autoCreate: true });
    expect(config.entries.get("app:t")).toMatchObject({ values: { A: "1", B: "true", C: "text" } });
    expect(config.entries.get("app:r")).toMatchObject({ storages: ["app:t", "app:f"] });
  });

  test("their mistakes", async () => {
    expect(
      await problemsIn(`
  - {name: f, kind: env.storage.file, file_path: none.env, file_mode: 0644}
  - {name: r, kind: env.storage.router, storages: []}
  - {name: v, kind: env.variable, variable: A-B, storage: r}
  - {name: m, kind: env.storage.memory, size: 1}
`),
    ).toEqual([
      '3:71: app:f: "file_mode" must be octal digits in quotes, such as "0644"',
      '4:51: app:r: "storages" must not be empty',
      '5:45: app:v: "variable" must be letters, digits and _ only',
      '6:41: app:m: unknown key "size"; allowed keys: name, kind, meta',
    ]);
  });
});
