import { serveEngine } from '../../../../electron/backend/engine/serve.ts';
import { kinds } from './kinds.ts';

/** The engine with kinds that do what no shipped kind does on purpose. */
serveEngine(async (kind) => {
  const found = kinds[kind];
  if (!found) throw new Error(`no test kind "${kind}"`);
  return found;
});
