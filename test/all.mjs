import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';

// `npm test`: every check and every test; the last line counts them, each check of the whole tree as one.

const reports = mkdtempSync(join(tmpdir(), 'patchbay-tests-'));
const total = { passed: 0, failed: 0, skipped: 0 };

check('build', 'npm run build');
check('types', 'npm run check:types');
check('lint', 'npm run check:lint');
check('imports', 'npm run check:imports');
check('unused', 'npm run check:unused');

const vitest = join(reports, 'vitest.json');
suite(
  'vitest',
  `npx vitest run --reporter=default --reporter=json --outputFile.json="${vitest}"`,
  vitest,
  (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  }),
);

const playwright = join(reports, 'playwright.json');
process.env.PLAYWRIGHT_JSON_OUTPUT_NAME = playwright;
process.env.PATCHBAY_CHROMIUM = ensureChromium();
suite('end to end', 'npx playwright test --reporter=list,json', playwright, ({ stats }) => ({
  passed: stats.expected + stats.flaky,
  failed: stats.unexpected,
  skipped: stats.skipped,
}));

rmSync(reports, { recursive: true });
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);

function run(name, command) {
  console.log(`\n── ${name} ──`);
  return spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
}

function check(name, command) {
  if (run(name, command)) total.passed++;
  else total.failed++;
}

/** A runner that fails without a failed test (a file that does not load, say) counts as one failure. */
function suite(name, command, file, count) {
  const succeeded = run(name, command);
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = count(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    console.error(`${name} left no report`);
  }
  if (!succeeded && counts.failed === 0) counts.failed = 1;
  if (succeeded && counts.passed + counts.skipped === 0) counts.failed = 1;
  for (const key of Object.keys(total)) total[key] += counts[key];
}
