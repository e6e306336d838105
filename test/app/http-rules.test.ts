/** What a server answers when nobody serves a method, when a function fails, when a browser asks first, and when the client goes. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { functionsHost } from "../../app/node-hosts.js";
import { TestApp, until } from "../support/app.js";

const yaml = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: web, kind: http.service, addr: "127.0.0.1:0", timeouts: {write: 400ms}}
  - {name: plain, kind: http.router, meta: {server: web}}
  - {name: open, kind: http.router, meta: {server: web}, prefix: /open, middleware: [cors]}
  - name: guarded
    kind: http.router
    meta: {server: web}
    prefix: /guarded
    middleware: [cors, ratelimit]
    options:
      cors.allow.origins: "https://app.example.com, https://*.example.org"
      cors.allow.methods: GET,POST
      cors.allow.headers: [X-One, X-Two]
      cors.allow.credentials: "true"
      cors.expose.headers: X-Total
      cors.max.age: 60
      cors.allow.private.network: true
  - {name: a, kind: http.endpoint, meta: {router: plain}, method: GET, path: "/items/{id}", func: word}
  - {name: b, kind: http.endpoint, meta: {router: plain}, method: PUT, path: "/items/{id}", func: word}
  - {name: c, kind: http.endpoint, meta: {router: plain}, method: POST, path: "/items/new", func: word}
  - {name: d, kind: http.endpoint, meta: {router: plain}, method: GET, path: "/files/{rest...}", func: rest}
  - {name: e, kind: http.endpoint, meta: {router: plain}, method: GET, path: /error, func: error_object}
  - {name: f, kind: http.endpoint, meta: {router: plain}, method: GET, path: /text, func: error_text}
  - {name: g, kind: http.endpoint, meta: {router: plain}, method: GET, path: /written, func: written_error}
  - {name: h, kind: http.endpoint, meta: {router: plain}, method: GET, path: /nothing, func: nothing}
  - {name: i, kind: http.endpoint, meta: {router: plain}, method: GET, path: /default, func: default}
  - {name: j, kind: http.endpoint, meta: {router: plain}, method: GET, path: /waits, func: waits}
  - {name: k, kind: http.endpoint, meta: {router: plain}, method: GET, path: /polite, func: polite}
  - {name: l, kind: http.endpoint, meta: {router: open}, method: GET, path: /x, func: word}
  - {name: m, kind: http.endpoint, meta: {router: guarded}, method: GET, path: /x, func: word}
${["word", "rest", "error_object", "error_text", "written_error", "nothing", "default", "waits", "polite"]
  .map(
    (name) =>
      `  - {name: ${name}, kind: function.lua, source: "file://web.lua", method: ${name}, modules: [http, process]}`,
  )
  .join("\n")}
`;

const lua = `local http = require("http")
local M = {}
function M.word() return {word = "here"} end
function M.rest() return {rest = http.request():param("rest")} end
function M.error_object() return nil, errors.new{kind = "CONFLICT", message = "taken", retryable = true} end
function M.error_text() return nil, "no luck" end
function M.written_error()
  http.response():status(201):json({ok = true})
  return nil, "after all"
end
function M.nothing() end
M["default"] = function() http.response():json({ok = true}) end
function M.waits() process.inbox():receive() end
function M.polite()
  local event = process.events():receive()
  print("told " .. event.kind .. " " .. event.reason)
end
return M
`;

interface Answer {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

let app: TestApp;
let url: URL;
const health: string[] = [];

function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: url.hostname, port: url.port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += String(chunk);
      });
      const json = () => (text === "" ? null : JSON.parse(text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, json: json(), headers: response.headers }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** How many functions run. */
const running = (): number =>
  (app.running.system.router.host(functionsHost) as { pids(): unknown[] } | undefined)!.pids().length;

beforeAll(async () => {
  app = await TestApp.boot(
    { "_index.yaml": yaml, "web.lua": lua },
    (config) => config,
    (system) => system.events.on("health", ({ id, detail }) => health.push(`${id} ${detail}`)),
  );
  const part = app.running.parts.get("t:web");
  url = new URL(part?.part === "http" ? part.url : "");
});
afterAll(() => app.stop());

describe("a path that is known with other methods", () => {
  it.each([
    ["DELETE", "/items/7", "GET, HEAD, PUT"],
    ["POST", "/items/7", "GET, HEAD, PUT"],
    ["DELETE", "/items/new", "GET, HEAD, POST, PUT"],
    ["OPTIONS", "/error", "GET, HEAD"],
  ])("answers 405 to %s %s and names %s", async (method, path, allow) => {
    const { status, json, headers } = await ask(method, path);
    expect([status, headers.allow]).toEqual([405, allow]);
    expect(json).toMatchObject({ error: { kind: "INVALID", message: `${path} has no ${method}; it has ${allow}` } });
  });

  it("is served by the endpoint with the parameter when the fixed one has another method", async () => {
    expect(await ask("GET", "/items/new")).toMatchObject({ status: 200, json: { word: "here" } });
  });

  it("answers 404 where nobody serves any", async () => {
    expect(await ask("GET", "/item")).toMatchObject({ status: 404, json: { error: { kind: "NOT_FOUND" } } });
  });
});

describe("a parameter that takes the rest of a path", () => {
  it.each([
    ["/files/", ""],
    ["/files/a", "a"],
    ["/files/a/b.txt", "a/b.txt"],
  ])("of %s is %j", async (path, rest) => expect((await ask("GET", path)).json).toEqual({ rest }));
});

describe("an endpoint function", () => {
  it.each([
    ["/error", 500, { error: { kind: "CONFLICT", message: "taken", retryable: true } }],
    ["/text", 500, { error: { kind: "INTERNAL", message: "no luck", retryable: false } }],
    // Nothing of an answer leaves before the function has ended, so the error can still be told.
    ["/written", 500, { error: { kind: "INTERNAL", message: "after all", retryable: false } }],
    ["/nothing", 204, null],
    ["/default", 200, { ok: true }],
  ])("of %s answers %s", async (path, status, json) => expect(await ask("GET", path)).toMatchObject({ status, json }));

  it("that takes longer than the write time-out is ended, and does not go on for ever", async () => {
    expect(await ask("GET", "/waits")).toMatchObject({ status: 500, json: { error: { kind: "TIMEOUT" } } });
    await until(() => running() === 0);
  });

  it("is told when its client goes, and ended when it does not listen", async () => {
    for (const path of ["/polite", "/waits"]) {
      const sent = request({ host: url.hostname, port: url.port, path, agent: false });
      sent.on("error", () => {});
      sent.end();
      await until(() => running() === 1);
      sent.destroy();
      await until(() => running() === 0);
    }
    expect(app.logs.map(({ record }) => record.message)).toContain("told pid.cancel the client has gone");
  });
});

describe("the middleware cors", () => {
  const preflight = (path: string, origin: string) =>
    ask("OPTIONS", path, { origin, "access-control-request-method": "GET", "access-control-request-headers": "x-any" });

  it("lets everybody in without options", async () => {
    const { status, headers } = await preflight("/open/x", "https://any.example");
    expect([status, headers["access-control-allow-origin"], headers["access-control-max-age"]]).toEqual([
      204,
      "*",
      "86400",
    ]);
    expect(headers["access-control-allow-headers"]).toBe("x-any");
    expect(
      (await ask("GET", "/open/x", { origin: "https://any.example" })).headers["access-control-allow-origin"],
    ).toBe("*");
  });

  it.each([
    ["https://app.example.com", true],
    ["https://a.b.example.org", true],
    ["https://example.org", false],
    ["http://a.example.org", false],
    ["https://evil.example/.example.org", false],
    ["https://evilexample.org", false],
  ])("with a list of origins: %s is let in: %s", async (origin, expected) => {
    const { headers } = await preflight("/guarded/x", origin);
    expect(headers["access-control-allow-origin"]).toBe(expected ? origin : undefined);
  });

  it("says which methods, headers, credentials, and for how long", async () => {
    const { headers } = await preflight("/guarded/x", "https://app.example.com");
    expect(headers).toMatchObject({
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "X-One,X-Two",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "60",
    });
    const answer = await ask("GET", "/guarded/x", { origin: "https://app.example.com" });
    expect(answer.headers["access-control-expose-headers"]).toBe("X-Total");
  });

  it("is reported where it, or another middleware, has what there is not", () => {
    expect(health).toContain("t:guarded there is no middleware ratelimit, so its paths run without; there is cors");
    expect(health).toContain("t:guarded there is no option cors.allow.private.network, so nothing is done about it");
  });
});
