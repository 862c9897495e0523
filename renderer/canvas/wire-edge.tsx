import { memo } from 'react';
import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from 'reactflow';
import { HANDLE_TYPES } from '../../nodes/ports.ts';
import { useCheck, visualTokens } from '../store/check.ts';
import { flatId, useShown } from '../store/document.ts';
import { portColour } from '../store/library.ts';
import { useIdleMode } from '../store/modes.ts';
import { portsShown } from '../store/ports-shown.ts';
import { useRun } from '../store/run.ts';
import { whole } from '../ui/format.ts';
import { useDragging } from './dragging.tsx';
import type { FlowEdge } from './flow.ts';

export const WireEdge = memo(function WireEdge(props: EdgeProps<FlowEdge>) {
  const { source, target, sourceHandleId, selected } = props;
  const port = sourceHandleId ?? '';
  const type = useShown((graph) => portsShown(graph, source).outputs[port]?.type);
  const expected = useCheck((state) => visualTokens(state.nodes[flatId(source)]?.outputs[port]));
  const measured = useRun((state) => {
    const output = state.nodes[flatId(source)]?.report?.outputs?.[port];
    return output?.type === 'features' || output?.type === 'embeddings' ? output.count * output.tokens : undefined;
  });
  const live = useRun((state) => ['loading', 'running'].includes(state.nodes[flatId(target)]?.phase ?? ''));
  const modes = [useIdleMode(source), useIdleMode(target)];
  const carries = !modes.some((mode) => mode === 'mute' || mode === 'waits');
  const takes = useDragging((state) => state.wire === props.id);
  const [path, x, y] = getBezierPath(props);
  const tokens = measured ?? expected;
  return (
    <>
      <BaseEdge
        path={path}
        interactionWidth={18}
        className={`wire ${live ? 'live' : ''} ${carries ? '' : 'idle'} ${takes ? 'takes' : ''} ${selected ? 'selected' : ''}`}
        style={{
          stroke: portColour(type ?? 'any'),
          strokeWidth: takes ? 7 : type && type !== 'any' && HANDLE_TYPES.has(type) ? 4.5 : 2,
        }}
      />
      {tokens !== undefined && carries && (
        <EdgeLabelRenderer>
          <div
            className={`wire-label num ${measured === undefined ? 'expected' : ''}`}
            title={`${whole(tokens)} visual tokens (${measured === undefined ? 'expected' : 'measured'})`}
            style={{
              transform: `translate(-50%, -50%) translate(${x}px, ${y}px)`,
              '--port': portColour(type ?? 'any'),
            }}
          >
            {whole(tokens)}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
