import { serveEngine } from '../../../../electron/backend/engine/serve.ts';
import { type Opener, openOn } from '../../../../electron/backend/runtime/opener.ts';
import { kinds } from './kinds.ts';

async function loadKind(kind: string) {
  const found = kinds[kind];
  if (!found) throw new Error(`no test kind "${kind}"`);
  return found;
}

/** A driver that ends the process it is started in, as some do. */
const abort: Opener = () => process.abort();
const broken = process.env.BROKEN_DRIVER;

/** The engine with kinds that do what no shipped kind does on purpose. */
serveEngine(loadKind, (provider) => (provider === broken ? abort : openOn(provider)));
