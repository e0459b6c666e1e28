import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';

export const migrations: Migrations = { '0001_initial': initial };
