/** Medians, spreads, ratios, table and chart of fixed results. */
import { describe, expect, it } from "vitest";
import { chart } from "../../benchmarks/chart.js";
import { median, quantile, type Result } from "../../benchmarks/harness.js";
import { markdown, ratio, rowsOf, shown, table } from "../../benchmarks/table.js";

const result = (workload: string, subject: string, metric: string, unit: string, values: readonly number[]): Result[] =>
  values.map((value, n) => ({ workload, subject, metric, value, unit, round: n + 1 }));

const results = [
  ...result("W1", "perdure-ts", "rate", "round trips/s", [3_000_000, 1_000_000, 2_000_000]),
  ...result("W1", "beam", "rate", "round trips/s", [1_600_000, 1_500_000]),
  ...result("W1", "raw-loop", "rate", "round trips/s", [20_000_000]),
  ...result("W3", "perdure-ts", "heap", "bytes/process", [512.4, 500]),
];

describe("figures", () => {
  it("have their median in the middle, or between the two there", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("have quantiles that exist among them", () => {
    const values = Array.from({ length: 200 }, (_, n) => 200 - n);
    expect(quantile(values, 0.5)).toBe(101);
    expect(quantile(values, 0.99)).toBe(199);
    expect(quantile([7], 0.99)).toBe(7);
  });

  it("are told with three digits or in whole numbers", () => {
    expect([shown(0.1234), shown(12.345), shown(1_234_567.8)]).toEqual(["0.123", "12.3", "1,234,568"]);
    expect([ratio(1, 3), ratio(21, 1), ratio(1, 0)]).toEqual(["0.33", "21", "-"]);
  });

  it("have one row for each subject and metric", () => {
    expect(rowsOf(results)[0]).toEqual({
      workload: "W1",
      subject: "perdure-ts",
      metric: "rate",
      unit: "round trips/s",
      median: 2_000_000,
      min: 1_000_000,
      max: 3_000_000,
      rounds: 3,
    });
    expect(rowsOf(results).map(({ subject, median }) => [subject, median])).toEqual([
      ["perdure-ts", 2_000_000],
      ["beam", 1_550_000],
      ["raw-loop", 20_000_000],
      ["perdure-ts", 506.2],
    ]);
  });
});

describe("the table", () => {
  const lines = table(results, (id) => `${id} name`).split("\n");

  it("begins with the machine", () => {
    expect(lines[0]).toMatch(/^Node\.js v\d+.* cores .* GB, load /);
  });

  it("shows median, spread, and the ratio to each of the references that took part", () => {
    expect(lines.slice(2).map((line) => line.trim().replace(/\s+/g, " "))).toEqual([
      "W1 name, round trips/s x raw-loop x beam",
      "perdure-ts 2,000,000 1,000,000 .. 3,000,000 0.10 1.3",
      "beam 1,550,000 1,500,000 .. 1,600,000 0.077 1.0",
      "raw-loop 20,000,000 20,000,000 .. 20,000,000 1.0 13",
      "",
      "W3 name, heap in bytes/process",
      "perdure-ts 506 500 .. 512",
    ]);
  });
});

describe("the table in Markdown", () => {
  it("has a column for each subject, with medians and half of the spread", () => {
    expect(markdown(results, (id) => `${id} name`)).toBe(`|  | perdure-ts | beam | raw-loop |
| --- | ---: | ---: | ---: |
| W1 name, round trips/s | 2.00 M ± 50 % | 1.55 M ± 3 % | 20.0 M |
| W3 name, heap, bytes/process | 506 ± 1 % |  |  |
`);
  });
});

describe("the chart", () => {
  const svg = chart(results, (id) => `${id} <name>`);
  const widthOf = (subject: string): number =>
    Number(new RegExp(`>${subject}</text>\\n<rect [^>]*width="([\\d.]+)"`).exec(svg)?.[1]);

  it("has a bar for each rate, with its length on a logarithmic scale", () => {
    expect(svg).toMatch(/^<svg xmlns[\s\S]*<\/svg>\n$/);
    expect(svg.match(/<rect x=/g)).toHaveLength(3);
    const step = (widthOf("raw-loop") - widthOf("perdure-ts")) / Math.log10(10);
    expect((widthOf("perdure-ts") - widthOf("beam")) / Math.log10(2 / 1.55) / step).toBeCloseTo(1, 2);
  });

  it("shows the fastest first, and names as text", () => {
    expect(svg.indexOf(">raw-loop<")).toBeLessThan(svg.indexOf(">perdure-ts<"));
    expect(svg).toContain("W1 &lt;name&gt;, round trips/s");
    expect(svg).toContain(">2,000,000</text>");
  });

  it("of nothing is a picture all the same", () => {
    expect(chart([], (id) => id)).toContain("</svg>");
  });
});
