import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Failpoint, Hit } from '#libs/kernel/failpoints.js';

/** Arms failpoints of running processes, and reads what they met. */
export class Armoury {
  constructor(private readonly folder: string) {}

  /** The next order that comes by at this place meets the effect. */
  arm(service: string, failpoint: Failpoint, effect: 'kill' | 'stop' | `pause ${number}` = 'kill'): void {
    writeFileSync(this.file(service, failpoint), effect);
  }

  disarm(service: string, failpoint: Failpoint): void {
    rmSync(this.file(service, failpoint), { force: true });
  }

  hits(service: string, failpoint: Failpoint): Hit[] {
    const file = join(this.folder, 'hits.ndjson');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const all = lines.map((line) => JSON.parse(line) as Hit);
    return all.filter((hit) => hit.service === service && hit.failpoint === failpoint);
  }

  private file(service: string, failpoint: Failpoint): string {
    return join(this.folder, `${service}.${failpoint}`);
  }
}
