import { floatsOf, halved } from '../imports/halves.ts';
import { NodeError, type RunContext } from '../run.ts';
import type { EmbeddingsValue, FeaturesValue } from '../values.ts';
import { withoutClassToken } from './arrange.ts';
import type { ProjectorParams } from './definition.ts';

/** A projector that others exported as a file of its own. */
export async function runImportedProjector(
  context: RunContext,
  { model: name, variant, classToken }: Pick<ProjectorParams, 'model' | 'variant' | 'classToken'>,
  features: FeaturesValue,
): Promise<{ embeddings: EmbeddingsValue }> {
  const model = await context.importedModel(name, variant);
  const { projector } = model.facts;
  if (!projector)
    throw new NodeError(
      `${name} has no projector in a file of its own.`,
      'It may be in its encoder: wire that to the LLM.',
    );
  const tensor = classToken ? features.tensor : withoutClassToken(features);
  const width = tensor.dims[2] ?? 0;
  if (width !== projector.input)
    throw new NodeError(`${name} takes features of width ${projector.input}, not ${width}.`, 'Wire its own encoder.');
  const session = await context.openFile(model.path(projector.file.path));
  const [input, output] = [session.inputs[0], session.outputs[0]];
  if (!input || !output) throw new NodeError(`The projector of ${name} takes or gives nothing.`);
  const outputs = await session.run({ [input.name]: halved(input.dtype, tensor) }, [output.name]);
  const embeddings = floatsOf(outputs[output.name] ?? tensor);
  const tokens = (embeddings.dims[0] ?? 0) * (embeddings.dims[1] ?? 0);
  context.report({
    parameters: projector.file.parameters,
    bytes: { peak: projector.file.bytes },
    tokens: { visual: tokens },
  });
  const [rows, cols] = features.grid;
  return {
    embeddings: {
      type: 'embeddings',
      tensor: embeddings,
      llm: name,
      ...(rows * cols === embeddings.dims[1] && { grid: features.grid }),
      ...(features.tiling && { tiling: features.tiling }),
    },
  };
}
