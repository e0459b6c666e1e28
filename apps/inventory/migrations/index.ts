import type { Migrations } from '#libs/persistence/migrate.js';
import * as initial from './0001_initial.js';
import * as firstDelivery from './0002_first_delivery.js';
import * as amendments from './0003_amendments.js';

export const migrations: Migrations = {
  '0001_initial': initial,
  '0002_first_delivery': firstDelivery,
  '0003_amendments': amendments,
};
