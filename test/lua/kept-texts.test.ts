/** What is kept of texts that cross the border again and again: it changes no value, and has a bound. */
import { describe, expect, it } from "vitest";
import { Addresses } from "../../lua/addresses.js";
import { virtualNode } from "../support/virtual.js";

describe("texts that are kept", () => {
  it("stay what they are, whichever way they came in", () => {
    const odd = "\ud800|é|\u{1f600}|a\0b";
    const source = `return function(text)
      local pid = process.pid()
      process.send(pid, "t", text, text)
      local all = process.inbox():receive():payload()
      return { all[1]:data() == text, all[2]:data() == text, #text, text }
    end`;
    const outcome = virtualNode({ "app:main": source }).run("app:main", odd);
    expect(outcome).toEqual({ ok: true, value: [true, true, 15, odd.replace("\ud800", "\ufffd")] });
  });

  it("are no way around the check of names", () => {
    const source = `return function()
      local bad = "\\xff" .. "topic"
      local ok, err = process.send(process.pid(), bad, 1)
      return { ok == nil, err and err:kind() }
    end`;
    const node = virtualNode({ "app:main": source });
    for (let i = 0; i < 2; i++) expect(node.run("app:main")).toEqual({ ok: true, value: [true, "INVALID"] });
  });
});

describe("addresses", () => {
  it("are the same object for the same text, and forget", () => {
    const addresses = new Addresses();
    const text = "{n@a:b|1}";
    expect(addresses.pidOf(text)).toBe(addresses.pidOf(text));
    expect(addresses.pidOf("a name")).toBeUndefined();
    for (let i = 0; i < 10_000; i++) addresses.pidOf(`{n@a:b|x${i}}`);
    expect((addresses as unknown as { byText: Map<string, unknown> }).byText.size).toBeLessThanOrEqual(4096);
    expect(addresses.pidOf(text)?.text).toBe(text);
  });
});
