import { create } from 'zustand';
import type { GraphCheck, NodeCheck } from '../../electron/backend/contract.ts';
import type { GraphDocument } from '../../graphs/document.ts';
import { format } from '../../graphs/format.ts';
import type { ValueSpec } from '../../nodes/values.ts';
import { backend, useConnection } from '../backend/client.ts';
import { useDocument } from './document.ts';

interface CheckState extends GraphCheck {
  /** The document that this was said of. */
  readonly of?: GraphDocument;
}

/** What the backend knows of the document before it runs: problems, shapes, cost. */
export const useCheck = create<CheckState>(() => ({ problems: [], nodes: {}, total: {} }));

/** Was the document changed since, so that another check is on its way? */
export const isOutdated = ({ of }: CheckState, document: GraphDocument) => !of || meaningChanged(document, of);

const QUIET_MS = 200;

const outside = new EventTarget();

/** What the document names may have changed while it did not: a model came, or went. */
export const checkAgain = () => outside.dispatchEvent(new Event('changed'));

/** Checks the document whenever its meaning changes, once the hand rests. Returns how to stop. */
export function watchDocument(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;
  const check = async () => {
    const turn = ++latest;
    const { document, path } = useDocument.getState();
    try {
      const result = await backend().graph.check({ text: format(document), path });
      if (turn === latest) useCheck.setState({ ...shareUnchanged(useCheck.getState(), result), of: document }, true);
    } catch {
      // The connection is down, which the status bar says; it is checked again once it is back.
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(check, QUIET_MS);
  };
  const stopDocument = useDocument.subscribe((now, before) => {
    if (now.path !== before.path || meaningChanged(now.document, before.document)) soon();
  });
  const stopConnection = useConnection.subscribe(({ status }) => status === 'connected' && soon());
  outside.addEventListener('changed', soon);
  soon();
  return () => {
    clearTimeout(timer);
    outside.removeEventListener('changed', soon);
    stopDocument();
    stopConnection();
  };
}

/** Layout, notes and titles mean nothing to shapes and cost. */
function meaningChanged(a: GraphDocument, b: GraphDocument): boolean {
  return a.nodes !== b.nodes || a.subgraphs !== b.subgraphs;
}

/** Keeps the objects of nodes whose check says the same, so that only nodes with news draw again. */
function shareUnchanged(before: GraphCheck, now: GraphCheck): GraphCheck {
  const nodes: Record<string, NodeCheck> = {};
  for (const [id, node] of Object.entries(now.nodes)) {
    const old = before.nodes[id];
    nodes[id] = old && JSON.stringify(old) === JSON.stringify(node) ? old : node;
  }
  return { ...now, nodes };
}

/** Visual tokens that a value of this spec carries: the tokens of all its images. */
export function visualTokens(spec: ValueSpec | undefined): number | undefined {
  return spec?.type === 'features' || spec?.type === 'embeddings' ? spec.count * spec.tokens : undefined;
}
