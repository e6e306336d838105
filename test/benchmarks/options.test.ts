/** The command line of the benchmarks: what is taken, what is refused, and the command that hands it on. */
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../benchmarks/options.js";
import { perdure } from "../e2e/command.js";

const choice = {
  workloads: [
    { id: "W1", name: "ping-pong" },
    { id: "W2", name: "fan-in" },
  ],
  own: ["perdure-ts", "raw-loop"],
  peers: ["beam"],
};

const parse = (...args: string[]) => parseOptions(args, choice);

describe("the options of a benchmark", () => {
  it("ask everything five times when there are none", () => {
    expect(parse()).toMatchObject({ workloads: ["W1", "W2"], subjects: undefined, rounds: 5, scale: 1, peers: false });
  });

  it("choose workloads by id or name, and subjects", () => {
    expect(parse("--only", "w2,ping-pong").workloads).toEqual(["W2", "W1"]);
    expect(parse("--subjects", "raw-loop, beam", "--peers").subjects).toEqual(["raw-loop", "beam"]);
    expect(parse("--rounds", "3", "--scale", "0.1", "--json", "--out", "here", "--chart", "a.svg")).toMatchObject({
      rounds: 3,
      scale: 0.1,
      json: true,
      out: "here",
      chart: "a.svg",
    });
  });

  it("ask about journals alone", () => {
    expect(parse("--only", "journal")).toMatchObject({ workloads: [], journal: "" });
    expect(parse("--only", "journal:wake-up").journal).toBe("wake-up");
  });

  it.each([
    [["--only", "W3"], "--only: W3 is none of W1, W2, journal"],
    [["--only", ""], "--only takes workloads, such as W1,W2"],
    [["--only", "journal:sleep"], "journal:sleep is none of journal:messages, journal:wake-up, journal:recovery"],
    [["--only", "W1,journal"], "the journal benchmark is asked for alone"],
    [["--subjects", "akka"], "akka is none of perdure-ts, raw-loop, beam"],
    [["--subjects", "beam"], "beam is a peer, and peers run with --peers only"],
    [["--rounds", "0"], "--rounds takes a whole number from 1 to 1000, not 0"],
    [["--rounds", "x"], "--rounds takes a whole number from 1 to 1000, not x"],
    [["--scale", "0"], "--scale takes a number above 0 and up to 100, not 0"],
    [["--loud"], "Unknown option '--loud'"],
    [["W1"], "Unexpected argument 'W1'"],
    [["--json=yes"], "--json"],
  ])("are refused: %s", (args, message) => {
    expect(() => parse(...args)).toThrow(message);
  });
});

describe("perdure bench", () => {
  it("tells one line of JSON for each figure, and a table on standard error", async () => {
    const args = ["bench", "--only", "W1", "--subjects", "raw-loop,perdure-ts", "--rounds", "2", "--scale", "0.002"];
    const { code, stdout, stderr } = await perdure([...args, "--json"]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ subject, round }) => [subject, round])).toEqual([
      ["perdure-ts", 1],
      ["raw-loop", 1],
      ["perdure-ts", 2],
      ["raw-loop", 2],
    ]);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(["workload", "subject", "metric", "value", "unit", "round"]);
      expect(line).toMatchObject({ workload: "W1", metric: "rate", unit: "round trips/s" });
    }
    expect(stderr).toMatch(/^Node\.js [\s\S]*W1 ping-pong, round trips\/s/);
    expect(code).toBe(0);
  });

  it("ends with 2 when the command line is wrong, and says what would be right", async () => {
    const { code, stdout, stderr } = await perdure(["bench", "--only", "W99"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^--only: W99 is none of W1, W2, .*\n\nUsage:/);
  });

  it("shows its own help", async () => {
    const { code, stdout } = await perdure(["bench", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--rounds 5");
  });
});
