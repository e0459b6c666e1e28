import { request, type IncomingMessage } from 'node:http';
import { eventually } from '#libs/testing/eventually.js';
import { ORDER_ID } from './bulk-stand-in.js';

export interface ServerEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: { readonly version: number; readonly status: string };
}

/** An SSE client of the test's own, that reads when it is told to. */
export class EventReader {
  readonly events: ServerEvent[] = [];
  ended = false;
  private text = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.take(text));
    response.on('close', () => (this.ended = true));
    response.on('error', () => undefined); // a server that stops may cut it off
  }

  static async open(url: string, token: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      request(`${url}/v1/orders/${ORDER_ID}/events`, {
        headers: { authorization: `Bearer ${token}`, ...headers },
        agent: false,
      })
        .once('response', resolve)
        .once('error', reject)
        .end(),
    );
    return new EventReader(response);
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  get versions(): number[] {
    return this.events.filter(({ event }) => event === 'status').map(({ id }) => Number(id));
  }

  async reached(version: number): Promise<void> {
    await eventually(() => (this.versions.at(-1) ?? 0) >= version);
  }

  async end(): Promise<void> {
    await eventually(() => this.ended);
  }

  leave(): void {
    this.response.destroy();
  }

  private take(text: string): void {
    const blocks = (this.text + text).split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) this.read(Object.fromEntries(block.split('\n').map(fieldOf)));
  }

  private read({ event, id, data }: Record<string, string>): void {
    if (event === undefined || data === undefined) return;
    this.events.push({ event, ...(id !== undefined && { id }), data: JSON.parse(data) as ServerEvent['data'] });
  }
}

function fieldOf(line: string): [string, string] {
  const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
  return [name, value];
}
