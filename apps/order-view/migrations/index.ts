import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';
import * as storedAnswers from './0002_stored_answers.js';
import * as cursorInOrder from './0003_cursor_in_order.js';

export const migrations: Migrations = {
  '0001_initial': initial,
  '0002_stored_answers': storedAnswers,
  '0003_cursor_in_order': cursorInOrder,
};
