/** A progress bar on a terminal: log records with a field `progress = {done, total}` move it, other lines appear above it. */
import type { NodeLogger } from "../app/index.js";

interface Progress {
  readonly done: number;
  readonly total: number;
}

const width = 30;

export class ProgressBar {
  private shown = "";
  private readonly write: (text: string) => void;

  /** `write` must reach the terminal at once. */
  constructor(write: (text: string) => void) {
    this.write = write;
  }

  /** Write something else: the bar makes room and comes back. */
  around(other: () => void): void {
    if (this.shown !== "") this.write("\r\x1b[K");
    other();
    if (this.shown !== "") this.write(this.shown);
  }

  update({ done, total }: Progress, label: string): void {
    const filled = total > 0 ? Math.min(width, Math.round((done / total) * width)) : width;
    this.shown = `\r\x1b[K[${"#".repeat(filled)}${"-".repeat(width - filled)}] ${done}/${total} ${label}`;
    this.write(this.shown);
    if (done >= total) this.finish();
  }

  finish(): void {
    if (this.shown !== "") this.write("\n");
    this.shown = "";
  }
}

function progressOf(fields: object): Progress | undefined {
  const { progress } = fields as { progress?: Partial<Progress> };
  return typeof progress?.done === "number" && typeof progress.total === "number" ? (progress as Progress) : undefined;
}

/** The same logger, with records about progress on the bar instead. */
export function withProgress(logger: NodeLogger, bar: ProgressBar): NodeLogger {
  const level =
    (name: "debug" | "info" | "warn" | "error") =>
    (fields: object, message: string): void => {
      const progress = progressOf(fields);
      if (progress !== undefined) bar.update(progress, message);
      else bar.around(() => logger[name](fields, message));
    };
  return {
    debug: level("debug"),
    info: level("info"),
    warn: level("warn"),
    error: level("error"),
    flush: () => logger.flush(),
  };
}
