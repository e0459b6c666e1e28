import { Injectable } from '@nestjs/common';
import type { ProjectionName } from '../projections/projection.js';
import { Generations } from './generations.js';

const UNDEFINED_TABLE = '42P01';

/** Reads from the generation that serves. */
@Injectable()
export class ReadGeneration {
  constructor(private readonly generations: Generations) {}

  /** Undefined: none serves yet. A generation that is replaced and removed in the middle of a read is read in its successor. */
  async read<Result>(
    projection: ProjectionName,
    work: (generation: number) => Promise<Result>,
  ): Promise<Result | undefined> {
    const generation = await this.generations.live(projection);
    if (generation === undefined) return undefined;
    try {
      return await work(generation);
    } catch (error) {
      if (!isUndefinedTable(error)) throw error;
      const successor = await this.generations.live(projection);
      if (successor === undefined || successor === generation) throw error;
      return work(successor);
    }
  }
}

function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNDEFINED_TABLE;
}
