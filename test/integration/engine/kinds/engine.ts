import { serveEngine } from '../../../../electron/backend/engine/serve.ts';
import { loadKind } from '../../../../electron/backend/executor/kinds.ts';
import { kinds } from './kinds.ts';

/** The engine with a few more kinds, for what no shipped kind does on purpose. */
serveEngine(async (kind) => kinds[kind] ?? loadKind(kind));
