/** SQLSTATE classes: cardinality, data, integrity, access rules and names, limits of the program. */
const REFUSED = /^(21|22|23|42|54)...$/;

/** True for what is wrong with that which came, or with this release: trying again cannot help. */
export function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return 'code' in error && typeof error.code === 'string' && REFUSED.test(error.code);
}
