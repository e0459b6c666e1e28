export interface Identified {
  readonly id: string;
}

/** Rows that come sorted by id, and that nobody holds all of: one batch is at hand, the next one on its way. */
export class SortedRows<Row extends Identified> {
  private batch: readonly Row[] = [];
  private at = 0;
  private coming: Promise<readonly Row[]>;

  private constructor(private readonly fetch: () => Promise<readonly Row[]>) {
    this.coming = this.ask();
  }

  /** @param fetch gives the next batch; an empty one is the last. */
  static async from<Row extends Identified>(fetch: () => Promise<readonly Row[]>): Promise<SortedRows<Row>> {
    const rows = new SortedRows(fetch);
    await rows.turn();
    return rows;
  }

  /** The row that is next; undefined at the end. */
  get head(): Row | undefined {
    return this.batch[this.at];
  }

  /** Goes on to the next row. A promise only where a batch is waited for. */
  advance(): Promise<void> | undefined {
    this.at += 1;
    return this.at < this.batch.length ? undefined : this.turn();
  }

  private async turn(): Promise<void> {
    this.batch = await this.coming;
    this.at = 0;
    if (this.batch.length > 0) this.coming = this.ask();
  }

  private ask(): Promise<readonly Row[]> {
    const coming = this.fetch();
    // Whoever turns to it sees the error; until then it must not end the process.
    coming.catch(() => undefined);
    return coming;
  }
}

type Sources = Readonly<Record<string, SortedRows<Identified>>>;

/** What the sources have of one id. */
export type Joined<From extends Sources> = Identified & {
  readonly [Name in keyof From]?: From[Name] extends SortedRows<infer Row> ? Row : never;
};

/** Every id that any of the sources has, in order, with the row that each has of it. */
export async function* joinById<From extends Sources>(sources: From): AsyncGenerator<Joined<From>> {
  const entries = Object.entries(sources);
  for (;;) {
    const id = lowest(entries.map(([, rows]) => rows.head));
    if (id === undefined) return;
    const joined: Record<string, unknown> = { id };
    for (const [name, rows] of entries) {
      if (rows.head?.id !== id) continue;
      joined[name] = rows.head;
      await rows.advance();
    }
    yield joined as Joined<From>;
  }
}

function lowest(heads: readonly (Identified | undefined)[]): string | undefined {
  let least: string | undefined;
  for (const head of heads) if (head && (least === undefined || head.id < least)) least = head.id;
  return least;
}
