/** Ids of processes on worker threads: a counter as everywhere, and behind a dot the series it counts in, which says where they live. */
import { counterId } from "../../../actors/index.js";
import { readId, seriesSpan } from "../id.js";

/**
 * Each thread has two series of ids: one that it gives itself, and one that the main thread gives to what it starts there. Numbers of
 * threads are never given twice on a host, so no id is that of a process of a thread that has crashed.
 */
export function ownSeries(thread: number): number {
  return thread * 2;
}

export function givenSeries(thread: number): number {
  return thread * 2 + 1;
}

export function threadOf(series: number): number {
  return series >> 1;
}

export function farId(number: number, series: number): string {
  return `${counterId(number)}.${series}`;
}

/** 0: a process of the main thread. */
export function seriesOf(id: string): number {
  return Math.floor(Math.max(0, readId(id)) / seriesSpan);
}

/** 0: no id of a process in memory. */
export function numberOf(id: string): number {
  return Math.max(0, readId(id)) % seriesSpan;
}
