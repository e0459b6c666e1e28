import { spawnSync } from 'node:child_process';

/**
 * What is known of weaknesses in the packages that run in production.
 * @param {string} root @returns {string | undefined} why it could not be asked @throws with what is high or critical
 */
export function auditDependencies(root) {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, encoding: 'utf8' });
  const report = parse(stdout);
  const counts = report?.metadata?.vulnerabilities;
  if (counts === undefined) return 'the registry has no audit endpoint, or cannot be reached';
  if (counts.high + counts.critical > 0)
    throw new Error(`${counts.critical} critical, ${counts.high} high: \`npm audit --omit=dev\` names them`);
  return undefined;
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no answer that says anything
  }
}
