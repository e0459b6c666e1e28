import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';
import * as finalVersions from './0002_final_versions.js';

export const migrations: Migrations = { '0001_initial': initial, '0002_final_versions': finalVersions };
