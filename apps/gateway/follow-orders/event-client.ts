import type { ServerResponse } from 'node:http';

const END = 'event: end\ndata: {}\n\n';
const COMMENT = ':\n\n';

/** An SSE client that reads as fast or as slowly as it likes. What it has not taken yet is the newest frame, and no other. */
export class EventClient {
  private pending: string | undefined;
  private ending: string | undefined;

  constructor(private readonly response: ServerResponse) {
    response.on('drain', () => this.goOn());
  }

  send(frame: string): void {
    if (this.response.writableNeedDrain) this.pending = frame;
    else this.response.write(frame);
  }

  /** Keeps what is in between from taking the connection for dead. One that is full needs no sign of life. */
  comment(): void {
    if (!this.response.writableNeedDrain) this.response.write(COMMENT);
  }

  /** The order has ended: says so, once everything was taken. */
  finish(): void {
    this.close(END);
  }

  /** Ends the answer after what is pending; the client comes again. */
  close(words = ''): void {
    this.ending = words;
    if (!this.response.writableNeedDrain) this.goOn();
  }

  private goOn(): void {
    const { pending } = this;
    this.pending = undefined;
    if (this.ending !== undefined) this.response.end(`${pending ?? ''}${this.ending}`);
    else if (pending !== undefined) this.response.write(pending);
  }
}
