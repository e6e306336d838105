import { describe, expect, it } from "vitest";
import { payloadModule } from "../../../lua/modules/payload.js";
import { bytesOf } from "../../support/lua-bytes.js";
import { FakeProcess } from "./fake-process.js";

const open = () => new FakeProcess({ modules: [payloadModule] });
const failureOf = (expression: string) =>
  open().run(`local v, e = ${expression}; return v, e:kind(), e:message(), e:retryable()`);

describe("payload", () => {
  it("names the formats", () => {
    const script =
      "local f = payload.format return f.JSON, f.YAML, f.STRING, f.GOLANG, f.LUA, f.BYTES, f.MSGPACK, f.ERROR";
    expect(open().run(script)).toEqual([
      ...["json/plain", "yaml/plain", "text/plain", "golang/any"],
      ...["lua/any", "application/octet-stream", "application/msgpack", "golang/error"],
    ]);
  });

  it.each([
    ["{a = 1}", "lua/any"],
    ['"text"', "lua/any"],
    ["5", "lua/any"],
    ["nil", "lua/any"],
    ['errors.new("x")', "golang/error"],
  ])("of %s has the format %s", (value, format) =>
    expect(open().eval(`payload.new(${value}):get_format()`)).toEqual([format]),
  );

  it("holds a copy, and gives a fresh one each time", () => {
    const script = `local t = {x = {1}}; local p = payload.new(t); t.x[1] = 2
      local a, b = p:data(), p:data(); a.x[1] = 3
      local c, e = p:unmarshal()
      return b.x[1], c.x[1], e, p:data() == p:data(), payload.new(nil):data(), payload.new(5):data()`;
    expect(open().run(script)).toEqual([1, 1, undefined, false, undefined, 5]);
  });

  it("keeps errors and bytes", () => {
    const script = `local e = payload.new(errors.new("NOT_FOUND", "gone")):data()
      return e:kind(), e:message(), payload.new("\\xff\\0"):data() == "\\xff\\0"`;
    expect(open().run(script)).toEqual(["NOT_FOUND", "gone", true]);
  });

  it("becomes JSON and what it was before", () => {
    const script = `local p, e = payload.new({b = 1, a = {}}):transcode(payload.format.JSON)
      return p:get_format(), p:data(), p:unmarshal().b, e, p:transcode(payload.format.LUA):get_format()`;
    expect(open().run(script)).toEqual(["json/plain", '{"a":[],"b":1}', 1, undefined, "lua/any"]);
  });

  it("becomes text or bytes when it is a string", () => {
    const script = `local f = payload.format
      local text, bytes = payload.new("h\\u{e9}"):transcode(f.STRING), payload.new("\\xff"):transcode(f.BYTES)
      return text:get_format(), text:data(), bytes:get_format(), bytes:data()`;
    const [format, text, other, bytes] = open().run(script);
    expect([format, text, other]).toEqual(["text/plain", "hé", "application/octet-stream"]);
    expect(bytesOf(bytes)).toEqual(Buffer.from([255]));
  });

  it.each([
    ['"\\xff"', "JSON", "INTERNAL", "cannot encode as JSON: a string is not valid UTF-8"],
    ['"\\xff"', "STRING", "INTERNAL", "this payload cannot be transcoded to text/plain"],
    ["{}", "STRING", "INTERNAL", "this payload cannot be transcoded to text/plain"],
    ["5", "BYTES", "INTERNAL", "this payload cannot be transcoded to application/octet-stream"],
    ["5", "ERROR", "INTERNAL", "this payload cannot be transcoded to golang/error"],
    ["5", "YAML", "INTERNAL", "this payload cannot be transcoded to yaml/plain"],
    ["5", "MSGPACK", "INTERNAL", "this payload cannot be transcoded to application/msgpack"],
  ])("of %s does not become %s", (value, format, kind, message) => {
    expect(failureOf(`payload.new(${value}):transcode(payload.format.${format})`)).toEqual([
      undefined,
      kind,
      message,
      false,
    ]);
  });

  it.each(['"xml"', "nil", "5", "{}"])("does not become %s, which is no format", (format) => {
    expect(failureOf(`payload.new(1):transcode(${format})`)).toEqual([
      undefined,
      "INVALID",
      expect.stringContaining("format must be one of payload.format: json/plain"),
      false,
    ]);
  });

  it("refuses what may not leave a process", () => {
    const script =
      "local t = {} t.t = t local ok, e = pcall(payload.new, t) return ok, e:kind(), (pcall(payload.new, type))";
    expect(open().run(script)).toEqual([false, "INVALID", false]);
  });
});
