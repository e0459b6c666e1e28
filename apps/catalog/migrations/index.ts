import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';
import * as firstProducts from './0002_first_products.js';
import * as priceChanges from './0003_price_changes.js';
import * as storedAnswers from './0004_stored_answers.js';
import * as purchases from './0005_purchases.js';

export const migrations: Migrations = {
  '0001_initial': initial,
  '0002_first_products': firstProducts,
  '0003_price_changes': priceChanges,
  '0004_stored_answers': storedAnswers,
  '0005_purchases': purchases,
};
