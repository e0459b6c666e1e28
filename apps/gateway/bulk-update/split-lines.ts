const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A line's bytes; `undefined` for one that was too long, of which no more is kept. */
export type RawLine = Uint8Array | undefined;

/** Finds the lines in what comes piece by piece, and keeps no more than one unfinished line. */
export class LineSplitter {
  private parts: Uint8Array[] = [];
  private length = 0;

  constructor(private readonly maxBytes: number) {}

  /** The lines that this piece completes. */
  push(piece: Uint8Array): RawLine[] {
    const lines: RawLine[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      this.keep(piece.subarray(from, end));
      lines.push(this.take());
      from = end + 1;
    }
    this.keep(piece.subarray(from));
    return lines;
  }

  /** What came after the last newline, if anything did. */
  end(): RawLine[] {
    return this.length === 0 ? [] : [this.take()];
  }

  private keep(part: Uint8Array): void {
    this.length += part.length;
    if (this.length > this.maxBytes) this.parts = [];
    // A copy: a view would keep the whole piece.
    else if (part.length > 0) this.parts.push(part.slice());
  }

  private take(): RawLine {
    const line = this.length > this.maxBytes ? undefined : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return line?.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  }
}
