import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';
import * as versionOfPlaced from './0002_version_of_placed.js';
import * as eventsByTime from './0003_events_by_time.js';

export const migrations: Migrations = {
  '0001_initial': initial,
  '0002_version_of_placed': versionOfPlaced,
  '0003_events_by_time': eventsByTime,
};
