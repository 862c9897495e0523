import { memo } from 'react';
import { type NodeProps, NodeResizer } from 'reactflow';
import { useShown } from '../store/document.ts';
import { itemOf } from '../store/items.ts';
import { tint } from '../ui/tints.ts';
import type { FlowNode } from './flow.ts';
import { resized } from './resized.ts';

/** A named frame behind nodes. It is held by its title: within it the canvas is as elsewhere. */
export const GroupNode = memo(function GroupNode({ id, selected }: NodeProps<FlowNode>) {
  const group = useShown((graph) => graph.groups?.[itemOf(id)?.id ?? '']);
  if (!group) return null;
  return (
    <>
      <NodeResizer isVisible={selected} minWidth={160} minHeight={100} onResizeEnd={resized(id)} />
      <section
        className={`group ${selected ? 'selected' : ''}`}
        style={{ '--tint': tint(group.colour ?? 'grey') }}
        aria-label={`Group: ${group.title}`}
      >
        <h3 className="group-title">{group.title || 'Group'}</h3>
      </section>
    </>
  );
});
