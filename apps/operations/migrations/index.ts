import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';
import * as storedAnswers from './0002_stored_answers.js';
import * as audit from './0003_audit.js';

export const migrations: Migrations = {
  '0001_initial': initial,
  '0002_stored_answers': storedAnswers,
  '0003_audit': audit,
};
