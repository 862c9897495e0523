import { opsetOf } from '../onnx/imported/splice.ts';
import { NodeError } from '../run.ts';
import { type ExportFolder, type ReadFile, text } from './export.ts';
import type { ImportFacts } from './facts.ts';
import { decoderOf } from './read-decoder.ts';
import { fileFacts } from './read-file.ts';
import { textTowerOf } from './read-text.ts';
import { visionOf } from './read-vision.ts';
import { namedVariant, VARIANTS, type Variant } from './variants.ts';

/**
 * Which models a folder holds, found by what their files take and give. Throws a `NodeError` that says what is missing or
 * does not go together. `variant`: a precision, or `auto`: the best that there is room for.
 */
export function readExport(folder: ExportFolder, variant: Variant | 'auto'): ImportFacts {
  const config = folder.json('config.json') ?? {};
  const files = chosen(folder, variant).map((path) => read(folder, path));
  if (files.length === 0)
    throw new NodeError(
      folder.files.some(({ path }) => path.endsWith('.onnx'))
        ? `${folder.name} has no model in the precision ${variant}.`
        : `${folder.name} has no .onnx file.`,
      'Choose another precision, or download the ONNX files of the model.',
    );
  const vision = visionOf(folder, config, files);
  const decoder = decoderOf(folder, config, files);
  const tower = textTowerOf(config, files);
  return {
    family: text(config.model_type) ?? '',
    digest: folder.digest,
    ...vision,
    ...(tower && { text: tower }),
    ...(decoder && { decoder }),
  };
}

function read(folder: ExportFolder, path: string): ReadFile {
  const model = folder.model(path);
  return {
    facts: { ...fileFacts(folder, path, model), opset: opsetOf(model) },
    model,
    variant: namedVariant(path)?.variant ?? 'fp32',
  };
}

/** The file of each model in the precision asked for. */
function chosen({ files, room }: ExportFolder, asked: Variant | 'auto'): string[] {
  const byStem = new Map<string, { path: string; variant: Variant; bytes: number }[]>();
  for (const { path } of files) {
    const named = path.endsWith('.onnx') ? namedVariant(path) : undefined;
    if (!named) continue;
    const bytes = files.reduce((sum, each) => sum + (each.path.startsWith(path) ? each.bytes : 0), 0);
    byStem.set(named.stem, [...(byStem.get(named.stem) ?? []), { path, variant: named.variant, bytes }]);
  }
  return [...byStem.values()].flatMap((all) => {
    const ranked = all.sort((a, b) => VARIANTS.indexOf(a.variant) - VARIANTS.indexOf(b.variant));
    const [least] = all.toSorted((a, b) => a.bytes - b.bytes);
    const found = asked === 'auto' ? (ranked.find(({ bytes }) => bytes <= room) ?? least) : wanted(ranked, asked);
    return found ? [found.path] : [];
  });
}

/** Small parts often come in fewer precisions: then the best of those. */
function wanted<T extends { readonly variant: Variant }>(ranked: readonly T[], asked: Variant): T | undefined {
  return ranked.find(({ variant }) => variant === asked) ?? ranked[0];
}
