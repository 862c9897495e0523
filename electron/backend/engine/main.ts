import { loadKind } from '../executor/kinds.ts';
import { serveEngine } from './serve.ts';

serveEngine(loadKind);
