/** How large an LMDB journal is, from what LMDB counts. */

export interface LmdbStats {
  /** Of the file. */
  readonly sizeBytes: number;
  /** Of these, what the next commits can use again; only a compaction makes the file smaller. */
  readonly freeBytes: number;
  readonly processes: number;
}

interface TreeStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** What lmdb says of one database, and of the whole file beside it. */
export interface PageStats extends TreeStats {
  readonly lastPageNumber: number;
  readonly free: TreeStats;
}

/** `databases`: all of the file, the unnamed one included. */
export function fileSize(databases: readonly PageStats[]): Omit<LmdbStats, "processes"> {
  const [first] = databases;
  if (first === undefined) return { sizeBytes: 0, freeBytes: 0 };
  const metaPages = 2;
  const used = databases.reduce((sum, each) => sum + pagesOf(each), metaPages + pagesOf(first.free));
  const pages = first.lastPageNumber + 1;
  return { sizeBytes: pages * first.pageSize, freeBytes: (pages - used) * first.pageSize };
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStats): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}
