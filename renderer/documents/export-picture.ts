import type { ReactFlowInstance } from 'reactflow';
import { type Picture, withGraphInPng, withGraphInSvg } from '../../graphs/picture.ts';
import { drawingOf, type Frame } from '../drawing/drawing.ts';
import { pngOf } from '../drawing/png.ts';
import { useDocument } from '../store/document.ts';
import { selectOnly } from '../store/selection.ts';
import { report, toast } from '../store/ui.ts';
import { download, fileName, textOf } from './actions.ts';

/** Round the graph, in pixels of the canvas. */
const MARGIN = 40;
/** Sharp on dense screens, as long as no side outgrows what browsers draw. */
const [DENSE, LONGEST_SIDE] = [2, 8192];

/** Saves the whole canvas as a picture, as it looks at 100 %, with the graph in it. */
export async function exportPicture(kind: Picture, flow: ReactFlowInstance): Promise<void> {
  const { nodes, title } = useDocument.getState().document;
  if (Object.keys(nodes).length === 0)
    return toast('info', 'There is nothing to draw yet', 'Add a node, or open an example');
  toast('info', 'Drawing the picture…');
  selectOnly();
  try {
    // What is selected is drawn as such until the next frame.
    await new Promise(requestAnimationFrame);
    const text = textOf();
    const frame = frameOf(flow);
    const svg = atFullDetail(() => drawn(frame, title));
    download(kind === 'svg' ? svgWith(svg, text) : await pngWith(svg, frame, text), fileName(kind));
    toast('info', 'The picture holds the graph', 'Open it, or drop it on a canvas, to edit it again');
  } catch (error) {
    report(error);
  }
}

const svgWith = (svg: string, text: string) => new Blob([withGraphInSvg(svg, text)], { type: 'image/svg+xml' });

async function pngWith(svg: string, { width, height }: Frame, text: string): Promise<Blob> {
  const density = Math.min(DENSE, LONGEST_SIDE / Math.max(width, height));
  const blob = await pngOf(svg, width, height, density);
  return new Blob([withGraphInPng(new Uint8Array(await blob.arrayBuffer()), text)], { type: 'image/png' });
}

/** The whole graph with what is round it. */
function frameOf(flow: ReactFlowInstance): Frame {
  const { x, y, width, height } = flow.getNodesBounds(flow.getNodes());
  const [left, top] = [Math.floor(x) - MARGIN, Math.floor(y) - MARGIN];
  return { x: left, y: top, width: Math.ceil(width) + 2 * MARGIN, height: Math.ceil(height) + 2 * MARGIN };
}

/** Wires, their labels, notes, groups and nodes, what lies behind first. */
function drawn(frame: Frame, title: string): string {
  const layer = document.querySelector<HTMLElement>('.canvas .react-flow__viewport');
  if (!layer) throw new Error('Show the canvas first: the picture is drawn from it.');
  const parts = [
    ...layer.querySelectorAll<HTMLElement | SVGElement>('.react-flow__edge, .wire-label, .react-flow__node'),
  ];
  const depths = new Map(parts.map((part) => [part, depthOf(part)]));
  const behindFirst = parts.sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
  return drawingOf(layer, behindFirst, frame, title);
}

/** A wire lies as deep as the layer of its own that it is drawn in. */
const depthOf = (part: HTMLElement | SVGElement) => Number((part.closest('svg') ?? part).style.zIndex);

/** Draws what is left out of the canvas when it is seen from afar, or stands outside the view; not a frame of it is seen. */
function atFullDetail<T>(draw: () => T): T {
  const canvas = document.querySelector('.canvas');
  const left = ['far', 'farthest'].filter((name) => canvas?.classList.contains(name));
  canvas?.classList.remove(...left);
  canvas?.classList.add('drawn');
  try {
    return draw();
  } finally {
    canvas?.classList.remove('drawn');
    canvas?.classList.add(...left);
  }
}
