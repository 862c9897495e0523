import { toBlob, toSvg } from 'html-to-image';
import type { ReactFlowInstance } from 'reactflow';
import { type Picture, withGraphInPng, withGraphInSvg } from '../../graphs/picture.ts';
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
  if (Object.keys(useDocument.getState().document.nodes).length === 0)
    return toast('info', 'There is nothing to draw yet', 'Add a node, or open an example');
  toast('info', 'Drawing the picture…');
  selectOnly();
  try {
    // What is selected is drawn as such until the next frame.
    await new Promise(requestAnimationFrame);
    const text = textOf();
    const content = await atFullDetail(() => (kind === 'png' ? drawnPng(flow, text) : drawnSvg(flow, text)));
    download(content, fileName(kind));
    toast('info', 'The picture holds the graph', 'Open it, or drop it on a canvas, to edit it again');
  } catch (error) {
    report(error);
  }
}

async function drawnPng(flow: ReactFlowInstance, text: string): Promise<Blob> {
  const { element, options } = drawing(flow);
  const pixelRatio = Math.min(DENSE, LONGEST_SIDE / Math.max(options.width, options.height));
  const blob = await toBlob(element, { ...options, pixelRatio });
  if (!blob) throw new Error('The picture could not be drawn: it may be too large for this browser.');
  return new Blob([withGraphInPng(new Uint8Array(await blob.arrayBuffer()), text)], { type: 'image/png' });
}

async function drawnSvg(flow: ReactFlowInstance, text: string): Promise<Blob> {
  const { element, options } = drawing(flow);
  const url = await toSvg(element, options);
  const svg = decodeURIComponent(url.slice(url.indexOf(',') + 1));
  return new Blob([withGraphInSvg(svg, text)], { type: 'image/svg+xml' });
}

/** The layer with all nodes and wires, moved so that the whole graph is in the picture. */
function drawing(flow: ReactFlowInstance) {
  const element = document.querySelector<HTMLElement>('.canvas .react-flow__viewport');
  if (!element) throw new Error('Show the canvas first: the picture is drawn from it.');
  const { x, y, width, height } = flow.getNodesBounds(flow.getNodes());
  const style = { transform: `translate(${MARGIN - x}px, ${MARGIN - y}px) scale(1)`, transformOrigin: '0 0' };
  const backgroundColor = getComputedStyle(document.body).backgroundColor;
  const size = { width: Math.ceil(width) + 2 * MARGIN, height: Math.ceil(height) + 2 * MARGIN };
  return { element, options: { ...size, style, backgroundColor, skipFonts: true } };
}

/** Draws what is left out of the canvas when it is seen from afar. */
async function atFullDetail<T>(draw: () => Promise<T>): Promise<T> {
  const canvas = document.querySelector('.canvas');
  const left = ['far', 'farthest'].filter((name) => canvas?.classList.contains(name));
  canvas?.classList.remove(...left);
  try {
    return await draw();
  } finally {
    canvas?.classList.add(...left);
  }
}
