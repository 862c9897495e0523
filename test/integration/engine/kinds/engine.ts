import { serveEngine } from '../../../../electron/backend/engine/serve.ts';
import { loadKind } from '../../../../electron/backend/executor/kinds.ts';
import { type Opener, openOn } from '../../../../electron/backend/runtime/opener.ts';
import { kinds } from './kinds.ts';

/** A driver that ends the process it is started in, as some do. */
const abort: Opener = () => process.abort();
const broken = process.env.BROKEN_DRIVER;

/** The engine with kinds that do what no shipped kind does on purpose, beside those that ship. */
serveEngine(
  async (kind) => kinds[kind] ?? loadKind(kind),
  (provider) => (provider === broken ? abort : openOn(provider)),
);
