import type { z } from 'zod';
import type { FactsByNode } from '../../graphs/catalog.ts';
import type { GraphDocument, GraphNode } from '../../graphs/document.ts';
import { wiresInto } from '../../graphs/wires.ts';
import { definition as adapter, adapterModel } from '../cross-attention-adapter/definition.ts';
import type { Facts, NodeDefinition } from '../definition.ts';
import { definition as llmDefinition } from '../llm/definition.ts';
import { cardOf, isStored, requireInput } from '../model-reference.ts';
import type { CardOf, ModelCard } from '../models/card.ts';
import { endsRows, projectedTokens } from '../projector/config.ts';
import { definition as projector, projectorModel } from '../projector/definition.ts';
import { definition as qFormer, qFormerModel } from '../q-former/definition.ts';
import { definition as visionEncoder } from '../vision-encoder/definition.ts';
import type { TrainingWorld } from './data/world.ts';
import { type Connector, type ConnectorRecipe, parseRecipe } from './recipe.ts';

/** A connector as it stands in a graph, between the models that it can be trained over. */
export interface DrawnConnector {
  readonly connector: Connector;
  readonly encoder: string;
  readonly llm: string;
  /** Nodes that hold the LLM. */
  readonly llmNodes: readonly string[];
  /** The trained model that the node holds, if any: training can go on from its weights. */
  readonly held?: string;
}

/** What a person chooses of a training. */
export interface TrainingChoices {
  readonly name: string;
  readonly worlds: readonly TrainingWorld[];
  readonly steps: number;
  /** The LLM trains too. */
  readonly unfreeze: boolean;
  /** The weights start as those that the node holds. */
  readonly continues: boolean;
}

const CONNECTORS: ReadonlySet<string> = new Set([projector.kind, qFormer.kind, adapter.kind]);

export function isConnector({ kind }: GraphNode): boolean {
  return CONNECTORS.has(kind);
}

/** Parameters of one node with which a connector could be trained, and what setting them is called. */
export interface Mend {
  readonly title: string;
  readonly node: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Says, in words, what to change so that a node can be trained, and how where parameters of one node are all it takes. */
export class Untrainable extends Error {
  readonly mend: Mend;

  constructor(message: string, mend: Mend) {
    super(message);
    this.mend = mend;
  }
}

/** Throws an `Error` that says, in words, what to change so that the node can be trained, an `Untrainable` where it can. */
export function drawnConnector(document: GraphDocument, id: string, facts: FactsByNode): DrawnConnector {
  const node = document.nodes[id];
  if (!node || !isConnector(node)) throw new Error('Choose a projector, a Q-Former or a cross-attention adapter.');
  const encoder = encoderBefore(document, id, facts);
  const { llm, llmNodes } = llmAfter(document, id, facts);
  const sizes = { vision: encoder.card.architecture.vision, llm: llm.card.architecture };
  const { connector, model } = drawn(node, sizes, facts[id]);
  return {
    connector,
    encoder: encoder.reference,
    llm: llm.reference,
    llmNodes,
    ...(isStored(model) && { held: model }),
  };
}

interface Held<Kind extends ModelCard['kind']> {
  readonly reference: string;
  readonly card: CardOf<Kind>;
}

function encoderBefore(document: GraphDocument, id: string, facts: FactsByNode): Held<'vision-encoder'> {
  const [wire] = wiresInto(document.nodes[id] as GraphNode).filter(({ port }) => port === 'features');
  const node = wire && document.nodes[wire.source.node];
  if (!node || node.kind !== visionEncoder.kind)
    throw new Error('Wire a vision encoder that holds a tiny: or trained: model straight to it.');
  const { model, featureLayer, layers } = paramsOf(node, visionEncoder);
  const held = storedModel(model, 'vision-encoder', facts[wire.source.node]);
  if (featureLayer !== -1 || layers !== 0)
    throw new Untrainable(
      'Set the feature layer of its vision encoder to -1 and run all layers: it trains over the last.',
      {
        title: 'Use the last layer',
        node: wire.source.node,
        params: { featureLayer: -1, layers: 0 },
      },
    );
  return held;
}

function llmAfter(document: GraphDocument, id: string, facts: FactsByNode) {
  const reached = Object.entries(document.nodes).filter(
    ([, node]) => node.kind === llmDefinition.kind && wiresInto(node).some(({ source }) => source.node === id),
  );
  const references = new Set(reached.map(([, node]) => paramsOf(node, llmDefinition).model));
  const [[first] = [], [reference] = []] = [reached[0], [...references]];
  if (first === undefined || reference === undefined)
    throw new Error('Wire it to an LLM that holds a tiny: or trained: model.');
  if (references.size > 1)
    throw new Error(`It reaches several LLMs (${[...references].join(', ')}): let them all hold the same.`);
  return { llm: storedModel(reference, 'llm', facts[first]), llmNodes: reached.map(([node]) => node) };
}

function storedModel<Kind extends ModelCard['kind']>(
  reference: string,
  kind: Kind,
  facts: Facts | undefined,
): Held<Kind> {
  const title = kind === 'llm' ? 'LLM' : 'vision encoder';
  const card = cardOf(reference, facts);
  if (!card)
    throw new Error(`Choose a tiny: or trained: model in its ${title}: the weights of ${reference} are random.`);
  if (card.kind !== kind) throw new Error(`${reference} is no ${title}: choose another model there.`);
  return { reference, card: card as CardOf<Kind> };
}

interface Sizes {
  readonly vision: CardOf<'vision-encoder'>['architecture']['vision'];
  readonly llm: CardOf<'llm'>['architecture'];
}

interface Drawn {
  readonly connector: Connector;
  /** The reference that the node holds; empty for an own design. */
  readonly model: string;
}

/** The architecture that the node draws. */
function drawn(node: GraphNode, { vision, llm }: Sizes, facts: Facts | undefined): Drawn {
  const input = vision.width;
  switch (node.kind) {
    case projector.kind: {
      const values = paramsOf(node, projector);
      requireInput(values.model, facts, input);
      const { config, classToken } = projectorModel(withWidth(values, llm.width), facts);
      if (endsRows(config))
        throw new Error('Turn off the newline after each row: pictures are not cut up in training.');
      requireWidth(config.width, llm.width, 'output width');
      const rows = vision.size / vision.patch;
      projectedTokens(config, [rows, rows]);
      return { connector: { kind: 'projector', architecture: { ...config, classToken, input } }, model: values.model };
    }
    case qFormer.kind: {
      const values = paramsOf(node, qFormer);
      requireInput(values.model, facts, input);
      const { config, outputWidth } = qFormerModel(values, facts);
      requireWidth(outputWidth, llm.width, 'output width');
      return { connector: { kind: 'q-former', architecture: { ...config, outputWidth, input } }, model: values.model };
    }
    default: {
      const values = paramsOf(node, adapter);
      requireInput(values.model, facts, input);
      const { config, projects } = adapterModel(withWidth(values, llm.width), facts);
      requireWidth(config.width, llm.width, 'width');
      if (config.depths.some((depth) => depth >= llm.layers))
        throw new Error(`Set its depths to layers that the LLM has: they are numbered 0 to ${llm.layers - 1}.`);
      const architecture = { ...config, depths: [...config.depths], zeroGates: true, projects, input };
      return { connector: { kind: 'cross-attention-adapter', architecture }, model: values.model };
    }
  }
}

/** The width of an own design is the LLM's where none is set. */
function withWidth<V extends { readonly model: string; readonly width: number }>(values: V, width: number): V {
  return values.model === '' && values.width === 0 ? { ...values, width } : values;
}

function requireWidth(width: number, wanted: number, field: string): void {
  if (width !== wanted) throw new Error(`Set its ${field} to ${wanted}, that of the LLM: it is ${width}.`);
}

/** Parameters with defaults filled in. */
function paramsOf<S extends z.ZodObject>({ params }: GraphNode, definition: NodeDefinition<S>): z.output<S> {
  const parsed = definition.params.safeParse(params ?? {});
  if (!parsed.success) throw new Error(`Mend the parameters of the ${definition.title} first.`);
  return parsed.data;
}

/** Kinds of questions that are asked more, or less, than the others: the hard ones more, long answers less. */
const KINDS = {
  relation: 1.5,
  attribute: 1.2,
  counting: 1.5,
  description: 0.7,
  place: 0.7,
  read: 1.5,
  sum: 1.5,
  length: 0.3,
};
/** How often each world is asked, where both are. */
const WORLDS = { shapes: 0.75, digits: 0.25 };

/**
 * For batches of four pictures. Measured (docs/measured/2026-11-26.md and 2026-11-27.md): layers over each token alone bear more than
 * queries that attend, and an LLM that trains too the least; what was trained before forgets at the rate of what is new.
 */
function rateOf({ kind, architecture }: Connector, { unfreeze, continues }: TrainingChoices): number {
  if (unfreeze) return 0.0007;
  const attends = kind !== 'projector' || 'queries' in architecture;
  return attends || continues ? 0.001 : 0.004;
}

/**
 * A recipe that trains a drawn connector as those that ship were trained, but in a fraction of the time: in smaller batches,
 * shapes first.
 */
export function connectorRecipe(
  { connector, encoder, llm, held }: DrawnConnector,
  choices: TrainingChoices,
): ConnectorRecipe {
  const { name, worlds, steps, unfreeze, continues } = choices;
  const recipe = parseRecipe({
    schemaVersion: 1,
    task: 'connector',
    name,
    title: name,
    about: `Drawn and trained in the app, over ${encoder} and ${llm}.`,
    data: { worlds: Object.fromEntries(worlds.map((world) => [world, WORLDS[world]])), kinds: KINDS },
    connector,
    encoder,
    llm,
    ...(continues && held !== undefined && { start: held }),
    unfreeze,
    pictures: 4000,
    tokens: 112,
    mentions: 0.3,
    gateRate: 5,
    schedule: {
      steps,
      batch: 4,
      rate: rateOf(connector, choices),
      warmup: Math.min(60, Math.ceil(steps / 10)),
      betas: [0.9, 0.98],
    },
  });
  return recipe as ConnectorRecipe;
}

/** A name that no model has yet, and none that a training of this name would make: the kind with a number. */
export function freeName(kind: string, taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(`${kind}-${number}`) || taken.has(`${kind}-${number}-llm`)) number += 1;
  return `${kind}-${number}`;
}
