import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium } from './chromium.mjs';

// `npm test`: every check and every test; the last line counts them, each check of the whole tree as one.

const reports = mkdtempSync(join(tmpdir(), 'patchbay-tests-'));
const total = { passed: 0, failed: 0, skipped: 0 };

await Promise.all([
  check('build', 'npm run build'),
  check('types', 'npm run check:types'),
  check('lint', 'npm run check:lint'),
  check('imports', 'npm run check:imports'),
  check('unused', 'npm run check:unused'),
]);

// Before the tests: the WebGPU ones use the software device that comes with it.
process.env.PATCHBAY_CHROMIUM = ensureChromium();
tests('vitest', 'test/unit test/integration');
// By themselves, so that they time the product and not the tests beside them.
tests('timing', 'test/timing');

const playwright = join(reports, 'playwright.json');
process.env.PLAYWRIGHT_JSON_OUTPUT_NAME = playwright;
suite('end to end', 'npx playwright test --reporter=list,json', playwright, ({ stats }) => ({
  passed: stats.expected + stats.flaky,
  failed: stats.unexpected,
  skipped: stats.skipped,
}));

rmSync(reports, { recursive: true });
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);

/** Beside the others; what it says is printed at its end. */
async function check(name, command) {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  const [code] = await once(child, 'close');
  console.log(`\n── ${name} ──\n${said}`);
  if (code === 0) total.passed++;
  else total.failed++;
}

function tests(name, folders) {
  const report = join(reports, `${name}.json`);
  const reporters = `--reporter=default --reporter=json --outputFile.json="${report}"`;
  suite(name, `npx vitest run ${folders} ${reporters}`, report, (found) => ({
    passed: found.numPassedTests,
    failed: found.numFailedTests,
    skipped: found.numPendingTests + found.numTodoTests,
  }));
}

/** A runner that fails without a failed test (a file that does not load, say) counts as one failure. */
function suite(name, command, file, count) {
  console.log(`\n── ${name} ──`);
  const succeeded = spawnSync(command, { shell: true, stdio: 'inherit' }).status === 0;
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
