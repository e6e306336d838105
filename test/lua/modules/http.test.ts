import { describe, expect, it } from "vitest";
import { httpModule, httpResponseOf } from "../../../lua/modules/http.js";
import { base64, type Payload } from "../../../mailbox/index.js";
import { FakeProcess } from "./fake-process.js";

const bytes = (text: string): { $bytes: string } => ({ $bytes: base64(new TextEncoder().encode(text)) });

function open(body: string | null = null, headers: Record<string, string> = {}): FakeProcess {
  const http: Payload = {
    method: "POST",
    path: "/orders/7",
    query: { tag: ["a", "b"], page: ["2"] },
    headers: {
      "content-type": "application/json; charset=utf-8",
      accept: "text/html, application/*;q=0.5, image/png;q=0",
      ...headers,
    },
    host: "shop.example",
    remote_addr: "10.0.0.1:5000",
    params: { id: "7" },
    body: body === null ? null : bytes(body),
  };
  return new FakeProcess({ modules: [httpModule], options: { http } });
}

const request = (method: string, body: string | null = null) =>
  open(body).run(`local v, e = http.request():${method}; return v, e and e:kind()`);

describe("a request", () => {
  it.each([
    ["method()", "POST"],
    ["path()", "/orders/7"],
    ["host()", "shop.example"],
    ["remote_addr()", "10.0.0.1:5000"],
    ['query("tag")', "a"],
    ['query("none")', undefined],
    ['header("CONTENT-Type")', "application/json; charset=utf-8"],
    ['header("x-none")', undefined],
    ['header("constructor")', undefined],
    ["content_type()", "application/json; charset=utf-8"],
    ["content_length()", 0],
    ['param("id")', "7"],
    ['param("none")', undefined],
    ['is_content_type("application/JSON")', true],
    ['is_content_type("text/plain")', false],
    ['accepts("text/html")', true],
    ['accepts("application/json")', true],
    ['accepts("image/png")', false],
    ['accepts("audio/ogg")', false],
    ["has_body()", false],
  ])("%s", (method, expected) => expect(request(method)).toEqual([expected, undefined]));

  it("shows repeated query keys as an array", () => {
    const script =
      "local q = http.request():query_params(); return q.tag[1], q.tag[2], q.page, http.request():params().id";
    expect(open().run(script)).toEqual(["a", "b", "2", "7"]);
  });

  it("is outside a request an INTERNAL error, as is the response", () => {
    const fake = new FakeProcess({ modules: [httpModule] });
    const script = "local a, e = http.request(); local b, f = http.response(); return a, e:kind(), b, f:kind()";
    expect(fake.run(script)).toEqual([undefined, "INTERNAL", undefined, "INTERNAL"]);
    expect(httpResponseOf(fake.owner)).toBeUndefined();
  });
});

describe("a request body", () => {
  it("is read once, whichever way", () => {
    const script = `local r = http.request()
      local has, text, again, e = r:has_body(), r:body(), r:body()
      local _, e = http.request():body_json()
      return has, text, again, e:message()`;
    expect(open("text").run(script)).toEqual([true, "text", undefined, "the request body has been read already"]);
  });

  it("is decoded as JSON", () => {
    expect(open('{"a":[1]}').run("return http.request():body_json().a[1]")).toEqual([1]);
  });

  it.each([
    ["body()", null],
    ["body_json()", null],
    ["body_json()", "{"],
    ["body_json()", "\u0000"],
  ])("%s of %j is INVALID", (method, body) => expect(request(method, body)).toEqual([undefined, "INVALID"]));

  it("may be too large", () => {
    const script = "local v, e = http.request({max_body = 3}):body(); return v, e:kind(), e:message()";
    expect(open("four").run(script)).toEqual([undefined, "INVALID", "the request body is larger than 3 bytes"]);
  });
});

describe("a response", () => {
  const responseTo = (script: string) => {
    const fake = open();
    fake.run(script);
    return httpResponseOf(fake.owner);
  };

  it("is not there when nobody asked for it", () => expect(responseTo("return 1")).toBeUndefined());

  it.each([
    ["http.response()", { status: 200, headers: {}, body: bytes("") }],
    [
      'http.response():status(409):json({error = "taken"})',
      { status: 409, headers: { "Content-Type": "application/json" }, body: bytes('{"error":"taken"}') },
    ],
    [
      'http.response():header("X-A", "1"):header("x-a", "2"):text("hi")',
      { status: 200, headers: { "x-a": "2", "Content-Type": "text/plain; charset=utf-8" }, body: bytes("hi") },
    ],
    [
      'local r = http.response(); r:set_status(http.STATUS.CREATED); r:set_content_type("text/csv"); r:write("a,"); r:write("b"); r:flush()',
      { status: 201, headers: { "Content-Type": "text/csv" }, body: bytes("a,b") },
    ],
    [
      'local r = http.response(); r:set_header("Content-Type", "application/problem+json"); r:write_json({"\u00e9"})',
      { status: 200, headers: { "Content-Type": "application/problem+json" }, body: bytes('["\u00e9"]') },
    ],
    [
      "http.response():status(404); http.response():json({})",
      { status: 404, headers: { "Content-Type": "application/json" }, body: bytes("[]") },
    ],
    [
      'http.response():header("__proto__", "p"):header("X-A", "\u00e9\\t")',
      { status: 200, headers: JSON.parse('{"__proto__":"p","X-A":"\u00e9\\t"}'), body: bytes("") },
    ],
    ['http.response():write("\\xff")', { status: 200, headers: {}, body: { $bytes: "/w==" } }],
  ])("%s", (script, expected) => expect(responseTo(script)).toEqual(expected));

  it.each([
    ["set_status(99)", "not between 200 and 599"],
    ['set_header("a b", "c")', "is not a header name"],
    ['set_header("a", "b\\r\\nc: d")', "line break"],
    ['set_header("a", "b\\0")', "the value of header a contains a character that HTTP cannot carry"],
    ['set_header("a", "\\u{65e5}")', "the value of header a contains a character that HTTP cannot carry"],
    ['set_header("a", "\\xff")', "the value of header a contains a character that HTTP cannot carry"],
    ['set_content_type("text/plain\\1")', "the content type contains a character that HTTP cannot carry"],
    ['set_content_type("text/plain\\n")', "the content type contains a line break"],
    ['set_header("Content-Length", "5")', "header Content-Length is the server's own"],
    ['set_header("transfer-encoding", "chunked")', "header transfer-encoding is the server's own"],
    ['set_header("Connection", "close")', "header Connection is the server's own"],
    ['set_header("Trailer", "X")', "header Trailer is the server's own"],
    ["write_json({f = type})", "a function has no JSON form"],
    ['set_transfer("sse")', "not supported"],
  ])("%s returns an error", (call, why) => {
    const [kind, message] = open().run(`local e = http.response():${call}; return e:kind(), e:message()`);
    expect([kind, message]).toEqual(["INVALID", expect.stringContaining(why)]);
  });

  it("calls that work return nil", () => {
    expect(
      open().run('local r = http.response(); return r:set_status(201), r:set_transfer("chunked"), r:write("x")'),
    ).toEqual([undefined, undefined, undefined]);
  });

  it("does not change status or headers after the first write", () => {
    const script = `local r = http.response(); r:write("x")
      local a, b, c = r:set_status(201), r:set_header("a", "b"), r:set_content_type("x/y")
      local ok, e = pcall(function() r:status(500) end)
      return a:kind(), b:kind(), c:kind(), ok, e:kind()`;
    expect(open().run(script)).toEqual(["INVALID", "INVALID", "INVALID", false, "INVALID"]);
  });
});

describe("constants", () => {
  it("are there and cannot be changed", () => {
    const script = `return http.METHOD.GET, http.STATUS.CONFLICT, http.STATUS.INTERNAL_ERROR, http.CONTENT.JSON, http.TRANSFER.SSE,
      pcall(function() http.STATUS.OK = 1 end)`;
    expect(open().run(script).slice(0, 6)).toEqual(["GET", 409, 500, "application/json", "sse", false]);
  });
});
