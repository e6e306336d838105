/** The text form of pids, and which topics a program may use. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPid, makePid, parsePid, samePid, topicProblem, unknownPid } from "../../mailbox/index.js";

const place = fc.string({ unit: fc.constantFrom(..."abz09:._-é") });

describe("pids", () => {
  it("come back from their text form whatever the id holds", () => {
    fc.assert(
      fc.property(place, place, fc.string({ unit: "binary" }), (node, host, id) => {
        const pid = makePid(node, host, id);
        expect(parsePid(formatPid(pid))).toEqual(pid);
      }),
    );
  });

  it.each(["a|b", "}", "{x@y|z}", "|", "", "a}#1", "order-123"])("keep the id %j as it is", (id) => {
    expect(parsePid(makePid("client", "app:worker", id).text)?.id).toBe(id);
  });

  it("leave an empty node out of the text", () => {
    expect(makePid("", "app:processes", "0x00001").text).toBe("{app:processes|0x00001}");
    expect(makePid("n1", "app:processes", "0x00001").text).toBe("{n1@app:processes|0x00001}");
  });

  it.each(["", "name", "{name}", "host|id", "{host|id", "host|id}", "{@host|id}", "{a@b@c|id}", "{a{b|id}"])(
    "are not made of the text %j",
    (text) => expect(parsePid(text)).toBeUndefined(),
  );

  it.each(["@", "|", "{", "}"])("may not have %j in their node or host", (char) => {
    expect(() => makePid(`n${char}`, "h", "1")).toThrow(/node may not contain/);
    expect(() => makePid("n", `h${char}`, "1")).toThrow(/host may not contain/);
  });

  it("are the same when their texts are", () => {
    expect(samePid(makePid("n", "h", "1"), makePid("n", "h", "1"))).toBe(true);
    expect(samePid(makePid("n", "h", "1"), makePid("", "h", "1"))).toBe(false);
  });

  it("of an unknown sender have an empty text", () => expect(unknownPid.text).toBe(""));
});

describe("topics", () => {
  it.each(["work", "a@b", "_temporal_x", "é".repeat(127), "\u{1F600}".repeat(63)])("may be %j", (topic) => {
    expect(topicProblem(topic)).toBeUndefined();
  });

  it.each([
    ["", "topic cannot be empty"],
    ["@pid/inbox", "cannot send to @ topics"],
    ["__temporal_x", "cannot send to __temporal_ topics, which the Temporal SDK keeps for itself"],
    ["__stack_trace", "cannot send to __stack_trace, a query of the SDK"],
    ["__enhanced_stack_trace", "cannot send to __enhanced_stack_trace, a query of the SDK"],
  ])("may not be %j", (topic, problem) => expect(topicProblem(topic)).toBe(problem));

  it("are at most 255 bytes of UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 60, maxLength: 260 }), (topic) => {
        fc.pre(!topic.startsWith("@") && !topic.startsWith("__"));
        expect(topicProblem(topic) !== undefined).toBe(new TextEncoder().encode(topic).length > 255);
      }),
    );
  });
});
