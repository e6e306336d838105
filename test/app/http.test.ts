/** HTTP endpoints, asked over a socket. */
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestApp } from "../support/app.js";

const yaml = `namespace: t
entries:
  - {name: memory, kind: process.host}
  - {name: web, kind: http.service, addr: "127.0.0.1:0", timeouts: {write: 300ms}, lifecycle: {auto_start: true}}
  - {name: api, kind: http.router, meta: {server: web}, prefix: /api}
  - {name: one, kind: http.endpoint, meta: {router: api}, method: GET, path: "/users/{id}", func: echo}
  - {name: me, kind: http.endpoint, meta: {router: api}, method: GET, path: "/users/me", func: word}
  - {name: tail, kind: http.endpoint, meta: {router: api}, method: GET, path: "/files/{rest...}", func: echo}
  - {name: post, kind: http.endpoint, meta: {router: api}, method: POST, path: "/echo", func: echo}
  - {name: head, kind: http.endpoint, meta: {router: api}, method: HEAD, path: "/head", func: text}
  - {name: options, kind: http.endpoint, meta: {router: api}, method: OPTIONS, path: "/options", func: word}
  - {name: trace, kind: http.endpoint, meta: {router: api}, method: TRACE, path: "/trace", func: word}
  - {name: silent, kind: http.endpoint, meta: {router: api}, method: GET, path: "/silent", func: silence}
  - {name: status, kind: http.endpoint, meta: {router: api}, method: GET, path: "/status/{code}", func: answer}
  - {name: fails, kind: http.endpoint, meta: {router: api}, method: GET, path: "/fails", func: failing}
  - {name: echo, kind: function.lua, source: "file://web.lua", method: echo, modules: [http]}
  - {name: word, kind: function.lua, source: "file://web.lua", method: word, modules: [http]}
  - {name: text, kind: function.lua, source: "file://web.lua", method: text, modules: [http]}
  - {name: answer, kind: function.lua, source: "file://web.lua", method: answer, modules: [http]}
  - {name: silence, kind: function.lua, source: "file://web.lua", method: silence, modules: [http, process]}
  - {name: failing, kind: function.lua, source: "file://web.lua", method: fails, modules: [http]}
`;

const lua = `local http = require("http")
local function echo()
  local request = http.request()
  local body = request:has_body() and request:body() or nil
  return {params = request:params(), query = request:query_params(), size = body and #body or 0}
end
local function word() return {word = "here"} end
local function text()
  http.response():set_header("X-Seen", "yes")
  http.response():text("not for head")
end
local function answer()
  local code = tonumber((http.request():param("code")))
  http.response():status(code):text("body")
end
local function silence() process.events():receive() end
local function fails() error("no luck") end
return {echo = echo, word = word, text = text, answer = answer, fails = fails, silence = silence}
`;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

let app: TestApp;
let url: URL;

/** As it is: fetch would refuse some methods, and tidy up paths. */
function ask(method: string, path: string, write?: (send: (chunk: Buffer) => void) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: url.hostname, port: url.port, method, path, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += String(chunk);
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    });
    sent.on("error", reject);
    write?.((chunk) => sent.write(chunk));
    sent.end();
  });
}

beforeAll(async () => {
  app = await TestApp.boot({ "_index.yaml": yaml, "web.lua": lua });
  const part = app.running.parts.get("t:web");
  url = new URL(part?.part === "http" ? part.url : "");
});

afterAll(() => app.stop());

describe("an endpoint", () => {
  it.each([
    ["/api/users/a%2Fb%20c", { id: "a/b c" }],
    ["/api/users/%E0%A4%A", { id: "%E0%A4%A" }],
    ["/api/users/__proto__", { id: "__proto__" }],
    ["/api/files/a/b%20c/d", { rest: "a/b c/d" }],
  ])("of %s reads its parameters", async (path, params) => {
    const { status, text } = await ask("GET", path);
    expect([status, JSON.parse(text)]).toMatchObject([200, { params }]);
  });

  it("with a fixed segment comes before one with a parameter, in whatever order they are written", async () => {
    expect(JSON.parse((await ask("GET", "/api/users/me")).text)).toEqual({ word: "here" });
  });

  it("reads a query of any keys", async () => {
    const { text } = await ask("GET", "/api/users/x?a=1&a=2&__proto__=p&constructor=q&empty");
    expect(JSON.parse(text).query).toEqual(JSON.parse('{"a":["1","2"],"__proto__":"p","constructor":"q","empty":""}'));
  });

  it.each(["HEAD", "OPTIONS", "TRACE"])("of %s is reached", async (method) => {
    const { status, text, headers } = await ask(method, `/api/${method.toLowerCase()}`);
    expect(status).toBe(200);
    if (method === "HEAD") expect([text, headers["x-seen"]]).toEqual(["", "yes"]);
  });

  it("of GET answers HEAD without a body", async () => {
    expect(await ask("HEAD", "/api/users/me")).toMatchObject({ status: 200, text: "" });
  });

  it.each(["204", "304", "205"])("may answer %s, and its body is left out", async (code) => {
    expect(await ask("GET", `/api/status/${code}`)).toMatchObject({ status: Number(code), text: "" });
  });

  it.each(["99", "101", "1000", "0"])("that answers %s gives a 500 that says so", async (code) => {
    const { status, text } = await ask("GET", `/api/status/${code}`);
    expect([status, JSON.parse(text).error.kind]).toEqual([500, expect.any(String)]);
    expect(text).toContain(code);
  });

  it("that gives no answer is not waited for longer than the write time-out", async () => {
    const { status, text } = await ask("GET", "/api/silent");
    expect([status, JSON.parse(text).error.kind]).toEqual([500, "TIMEOUT"]);
  });

  it("that fails gives a 500 as JSON, as does nobody at a path a 404", async () => {
    expect(JSON.parse((await ask("GET", "/api/fails")).text).error.message).toContain("no luck");
    expect(JSON.parse((await ask("GET", "/api/none")).text).error.kind).toBe("NOT_FOUND");
  });

  it("reads a body up to its limit, and refuses more without keeping it", async () => {
    const half = Buffer.alloc(350 * 1024);
    const fits = await ask("POST", "/api/echo", (send) => [send(half), send(half)]);
    expect([fits.status, JSON.parse(fits.text).size]).toEqual([200, 700 * 1024]);
    const { status, text } = await ask("POST", "/api/echo", (send) => {
      for (let i = 0; i < 100; i++) send(half);
    });
    expect([status, JSON.parse(text).error.kind]).toEqual([413, "INVALID"]);
  });
});
