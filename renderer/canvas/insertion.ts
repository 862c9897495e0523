import type { GraphDocument } from '../../graphs/document.ts';
import { SUBGRAPH_INPUT, SUBGRAPH_OUTPUT } from '../../graphs/subgraphs.ts';
import type { Box } from '../store/align.ts';
import { edit, shown } from '../store/document.ts';
import { addNode, addWire, freeId, type Point, splice, type Wiring } from '../store/edits.ts';
import { type Choice, fittingPorts, type Wanted } from '../store/fitting.ts';
import { portsShown } from '../store/ports-shown.ts';
import { selectOnly, wireId } from '../store/selection.ts';
import type { PendingWire } from '../store/ui.ts';
import { wiresOf } from './flow.ts';
import { wiringBetween } from './wiring.ts';

/** How nodes come into the graph; each way is one step of undo. */

/** What a new input or output of a subgraph is called, which its ports are by. */
const PORT_NAMES: Readonly<Record<string, string>> = { [SUBGRAPH_INPUT]: 'input', [SUBGRAPH_OUTPUT]: 'output' };

/** Adds a node and selects it; `wired` may wire it in the same step. */
export function insertNode(
  kind: string,
  at: Point,
  wired: (document: GraphDocument, id: string) => GraphDocument = (document) => document,
): void {
  const id = freeId(shown(), PORT_NAMES[kind] ?? kind);
  edit((document) => wired(addNode(document, id, kind, at), id));
  selectOnly(id);
}

/** What a node at the loose end of a wire must take or give. */
export function wantedAt({ node: id, port, side }: PendingWire): Wanted {
  const ports = portsShown(shown(), id);
  return side === 'source' ? { takes: ports.outputs[port]?.type } : { gives: ports.inputs[port] };
}

/** What a node put into a wire must take and give; `undefined` where an end of it is not known here. */
export function wantedIn(document: GraphDocument, wire: Wiring): Required<Wanted> | undefined {
  const takes = portsShown(document, wire.source).outputs[wire.sourcePort]?.type;
  const gives = portsShown(document, wire.target).inputs[wire.targetPort];
  return takes && gives ? { takes, gives } : undefined;
}

/** Wires a new node to the loose end of a wire. */
export function wireTo(wire: PendingWire, choice: Choice) {
  return (document: GraphDocument, id: string): GraphDocument => {
    const port = wire.side === 'source' ? choice.input : choice.output;
    if (port === undefined) return document;
    const wiring = wiringBetween(wire, id, port);
    return addWire(document, wiring, takesSeveral(document, wiring.target, wiring.targetPort));
  };
}

/** Puts a node into a wire, where it has ports for that; the same document where it has not. */
export function spliced(document: GraphDocument, wire: Wiring, id: string): GraphDocument {
  const ports = portsShown(document, id);
  const wanted = wantedIn(document, wire);
  const { input, output } = (wanted && fittingPorts(ports, wanted)) ?? {};
  if (input === undefined || output === undefined) return document;
  return splice(document, wire, { id, input, output, several: takesSeveral(document, id, input) });
}

/** Puts a node that was dropped on a wire into it: only one that has no wires, and whose ports fit. */
export function splicedWhereDropped(document: GraphDocument, id: string, box: Box): GraphDocument {
  return spliceAt(document, id, box)?.document ?? document;
}

/** The id of the wire that a node would be put into, were it dropped there. */
export function wireWhereDropped(document: GraphDocument, id: string, box: Box): string | undefined {
  const found = spliceAt(document, id, box);
  return found && wireId(found.wire);
}

function spliceAt(document: GraphDocument, id: string, box: Box) {
  const wires = wiresOf(document);
  if (wires.some(({ source, target }) => source === id || target === id)) return undefined;
  for (const wire of wiresThrough(wires, box)) {
    const after = spliced(document, wire, id);
    if (after !== document) return { wire, document: after };
  }
  return undefined;
}

/** Pixels of the canvas between the points of a wire that are looked at. */
const STEP = 12;

/** The wires drawn through a box, those nearest to its middle first. */
function wiresThrough(wires: readonly Wiring[], { x, y, width, height }: Box): readonly Wiring[] {
  const byId = new Map(wires.map((wire) => [wireId(wire), wire]));
  const found: { readonly wire: Wiring; readonly away: number }[] = [];
  for (const path of window.document.querySelectorAll<SVGPathElement>('.react-flow__edge path.wire')) {
    const wire = byId.get(path.closest('.react-flow__edge')?.getAttribute('data-id') ?? '');
    const around = path.getBBox();
    const apart =
      around.x > x + width || around.x + around.width < x || around.y > y + height || around.y + around.height < y;
    if (apart) continue;
    const length = path.getTotalLength();
    let away = Number.POSITIVE_INFINITY;
    for (let at = 0; at <= length; at += STEP) {
      const point = path.getPointAtLength(at);
      const [dx, dy] = [point.x - x - width / 2, point.y - y - height / 2];
      if (Math.abs(dx) <= width / 2 && Math.abs(dy) <= height / 2) away = Math.min(away, Math.hypot(dx, dy));
    }
    if (wire && Number.isFinite(away)) found.push({ wire, away });
  }
  return found.sort((a, b) => a.away - b.away).map(({ wire }) => wire);
}

function takesSeveral(document: GraphDocument, id: string, port: string): boolean {
  return portsShown(document, id).inputs[port]?.multiple ?? false;
}
