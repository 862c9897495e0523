import { loadKind } from '../executor/kinds.ts';
import { markHeapSeldom } from './heap.ts';
import { serveEngine } from './serve.ts';

markHeapSeldom();
serveEngine(loadKind);
