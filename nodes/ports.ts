/** The types a port can have, and what may connect to what. DESIGN: a wire that does not fit is refused while dragged. */

export const PORT_TYPES = [
  'image',
  'text',
  'features',
  'embeddings',
  'codes',
  'adapter',
  'generator',
  'verifier',
  'answer',
  'candidates',
  'score',
  'table',
  'tensor',
] as const;

export type PortType = (typeof PORT_TYPES)[number];

/** Handles stand for something that can be asked many times; they are drawn as thick wires. */
export const HANDLE_TYPES: ReadonlySet<PortType> = new Set(['adapter', 'generator', 'verifier']);

export interface InputPort {
  /** One type, several, or `any`. */
  readonly type: PortType | readonly PortType[] | 'any';
  readonly doc: string;
  /** Takes several wires, in order. */
  readonly multiple?: boolean;
  /** The node runs without it. */
  readonly optional?: boolean;
  /** Not read where that other input is wired too: what only it needs does not run, for the reason given. */
  readonly yields?: { readonly to: string; readonly why: string };
}

export interface OutputPort {
  /** `any` where nothing tells it yet: an input of a subgraph that is wired to nothing. */
  readonly type: PortType | 'any';
  readonly doc: string;
}

export interface Ports {
  readonly inputs: Readonly<Record<string, InputPort>>;
  readonly outputs: Readonly<Record<string, OutputPort>>;
  /** More ports will be known once a file was read (`onnx-model`): until then any name passes. */
  readonly open?: boolean;
}

/** Why a wire of type `from` cannot go into `to`, in words; `undefined` where it fits. */
export function refusal(from: PortType | 'any', to: InputPort): string | undefined {
  if (from === 'any') return undefined;
  const accepted = acceptedTypes(to);
  if (accepted.includes(from)) return undefined;
  const hint = ADVICE[`${from}>${accepted[0]}`];
  return `${article(from)} ${from} wire does not fit here: this input takes ${accepted.join(' or ')}${hint ? `. ${hint}` : ''}`;
}

export function acceptedTypes(port: InputPort): readonly PortType[] {
  if (port.type === 'any') return PORT_TYPES;
  const types: readonly PortType[] = typeof port.type === 'string' ? [port.type] : port.type;
  // An answer is text with its counts: wherever text fits, so does an answer. Numbers by name are tensors.
  const extra: PortType[] = [];
  if (types.includes('text')) extra.push('answer');
  if (types.includes('tensor')) extra.push('features', 'embeddings');
  return [...types, ...extra.filter((type) => !types.includes(type))];
}

const ADVICE: Readonly<Record<string, string>> = {
  'image>features': 'Put a vision encoder between them',
  'image>embeddings': 'Put a vision encoder and a projector between them',
  'features>embeddings': "Put a projector or Q-Former between them: features have the encoder's width, not the LLM's",
  'features>adapter': 'Put a cross-attention adapter between them',
  'image>text': 'An LLM can describe the picture first',
};

function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'An' : 'A';
}
