import type { ReactFlowInstance } from 'reactflow';
import type { Box } from '../store/align.ts';
import { arrange, type Drawn, placesFrom, toElk } from '../store/arrange.ts';
import { edit, shown } from '../store/document.ts';
import { itemKeys } from '../store/items.ts';
import { report } from '../store/ui.ts';
import { FIT } from './fit.ts';
import { wiresOf } from './flow.ts';
import { boxOf } from './selected.ts';

/** Arranges the graph from left to right along its wires, as one step of undo, and shows all of it. Groups keep what is in them. */
export async function arrangeGraph(flow: ReactFlowInstance): Promise<void> {
  const document = shown();
  const drawn = drawnNodes(flow, Object.keys(document.nodes));
  const items: Readonly<Record<string, Box>> = Object.fromEntries(
    itemKeys(document).flatMap((key) => {
      const box = boxOf(flow, key);
      return box ? [[key, box]] : [];
    }),
  );
  if (Object.keys(drawn).length === 0) return;
  try {
    const { layOut } = await import('./elk.ts');
    const arranged = await layOut(toElk(drawn, items, wiresOf(document)));
    const places = placesFrom(arranged, { ...drawn, ...items });
    edit((current) => arrange(current, places));
    requestAnimationFrame(() => void flow.fitView(FIT));
  } catch (error) {
    report(error);
  }
}

function drawnNodes(flow: ReactFlowInstance, ids: readonly string[]): Readonly<Record<string, Drawn>> {
  const drawn = ids.flatMap((id): [string, Drawn][] => {
    const box = boxOf(flow, id);
    if (!box) return [];
    const { source, target } = flow.getInternalNode(id)?.internals.handleBounds ?? {};
    return [[id, { ...box, inputs: middles(target), outputs: middles(source) }]];
  });
  return Object.fromEntries(drawn);
}

interface HandleBox {
  readonly id?: string | null;
  readonly y: number;
  readonly height: number;
}

function middles(handles: readonly HandleBox[] | null | undefined): Readonly<Record<string, number>> {
  return Object.fromEntries((handles ?? []).map(({ id, y, height }) => [id ?? '', y + height / 2]));
}
