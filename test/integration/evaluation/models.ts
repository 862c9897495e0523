import { join } from 'node:path';
import tokenizer from '../../../nodes/models/tokenizer.json' with { type: 'json' };
import { toHalf } from '../../../nodes/onnx/half.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';
import { boldWeights } from '../../helpers/onnx.ts';
import { SMALL_LLM, SMALL_TEXT, SMALL_VISION } from '../../helpers/small-models.ts';
import { type CardBody, saveModel } from '../../helpers/stored.ts';

const OVER = { encoder: 'trained:eye', llm: 'trained:mouth' };

const BODIES = {
  eye: {
    kind: 'vision-encoder',
    architecture: {
      vision: { ...SMALL_VISION, size: 64, layers: 1, stem: undefined },
      text: { ...SMALL_TEXT, context: 48 },
    },
  },
  linear: {
    kind: 'projector',
    architecture: { design: 'linear', width: 32, classToken: false, input: 16 },
    ...OVER,
  },
  mouth: { kind: 'llm', architecture: SMALL_LLM },
} satisfies Record<string, CardBody>;

/** `trained:eye`, an encoder with two towers; `trained:linear`; and `trained:mouth`, an LLM that always says yes. */
export async function saveModels(home: string): Promise<void> {
  for (const [name, body] of Object.entries(BODIES))
    await saveModel(join(home, 'trained', name), name, body, name === 'mouth' ? sayingYes : boldWeights);
}

const {
  '<end>': END = 0,
  '<assistant>': ASSISTANT = 0,
  yes: YES = 0,
} = tokenizer.model.vocab as Record<string, number>;

/**
 * Layers add nothing, so that what follows a token is the one whose embedding is nearest to its own: after `<assistant>`
 * comes "yes", after that `<end>`.
 */
const sayingYes: WeightSource = {
  digest: 'says yes',
  fill({ name, shape }, into) {
    const halves = new Uint16Array(into.buffer, into.byteOffset, into.byteLength / 2);
    const [, width = 0] = shape;
    if (name.endsWith('norm.scale')) halves.fill(toHalf(1));
    if (name !== 'embedding.weight') return;
    halves[ASSISTANT * width] = toHalf(1);
    halves[YES * width] = toHalf(2);
    halves[YES * width + 1] = toHalf(1);
    halves[END * width + 1] = toHalf(10);
  },
};
