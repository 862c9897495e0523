import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js';
import workerFile from 'elkjs/lib/elk-worker.min.js?url';

/** Loaded when a graph is first arranged: the layout runs in a worker of its own, and no frame waits for it. */
const elk = new ELK({ workerFactory: () => new Worker(workerFile) });

export const layOut = (graph: ElkNode): Promise<ElkNode> => elk.layout(graph);
