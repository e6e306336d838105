/** Rates as an SVG bar chart: a panel for each workload, its subjects from the fastest down, on a logarithmic scale. */
import type { Result } from "./harness.js";
import { type Row, rowsOf, shown } from "./table.js";

const width = 860;
const labelWidth = 150;
const valueWidth = 110;
const barHeight = 12;
const lineHeight = 16;
const headingHeight = 34;
const margin = 16;
const barsWidth = width - 2 * margin - labelWidth - valueWidth;

const ownColour = "#2f6fdb";
const limitColour = "#b9bec7";
const peerColour = "#e09a3e";

export function chart(results: readonly Result[], nameOf: (workload: string) => string): string {
  const rows = rowsOf(results).filter(({ metric, median }) => metric === "rate" && median > 0);
  const ids = [...new Set(rows.map(({ workload }) => workload))].sort();
  let top = margin;
  const parts: string[] = [];
  for (const id of ids) {
    const panel = rows.filter(({ workload }) => workload === id).sort((a, b) => b.median - a.median);
    parts.push(...panelOf(panel, `${nameOf(id)}, ${panel[0]!.unit}`, top));
    top += headingHeight + panel.length * lineHeight + margin;
  }
  const style =
    "text{font:12px system-ui,sans-serif;fill:#24292f}.h{font-weight:600}.g{stroke:#d0d7de;stroke-width:1}.t{font-size:10px;fill:#6e7781}";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img">`,
    "<title>Rates of the subjects of each workload, on a logarithmic scale</title>",
    `<style>${style}</style><rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function panelOf(rows: readonly Row[], heading: string, top: number): string[] {
  const low = Math.floor(Math.log10(Math.min(...rows.map(({ median }) => median)))) - 1;
  const high = Math.ceil(Math.log10(Math.max(...rows.map(({ median }) => median))) + 1e-9);
  const x = (value: number): number => ((Math.log10(value) - low) / (high - low)) * barsWidth;
  const left = margin + labelWidth;
  const first = top + headingHeight;
  const bottom = first + rows.length * lineHeight;
  const parts = [`<text class="h" x="${margin}" y="${top + 14}">${escaped(heading)}</text>`];
  for (let power = low; power <= high; power++) {
    const at = fixed(left + x(10 ** power));
    parts.push(`<line class="g" x1="${at}" y1="${first - 4}" x2="${at}" y2="${bottom}"/>`);
    parts.push(`<text class="t" x="${at}" y="${first - 7}" text-anchor="middle">${shown(10 ** power)}</text>`);
  }
  rows.forEach(({ subject, median }, n) => {
    const y = first + n * lineHeight;
    const length = x(median);
    parts.push(`<text x="${left - 8}" y="${y + 11}" text-anchor="end">${escaped(subject)}</text>`);
    parts.push(
      `<rect x="${left}" y="${y + 1}" width="${fixed(length)}" height="${barHeight}" rx="2" fill="${colourOf(subject)}"/>`,
    );
    parts.push(`<text x="${fixed(left + length + 6)}" y="${y + 11}">${shown(median)}</text>`);
  });
  return parts;
}

function colourOf(subject: string): string {
  if (subject.startsWith("perdure")) return ownColour;
  return subject === "raw-loop" ? limitColour : peerColour;
}

const fixed = (value: number): string => value.toFixed(1);

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
