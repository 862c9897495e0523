import { type CacheSize, cacheBytes } from '../../../../nodes/imports/cache-size.ts';
import { namedVariant, VARIANTS, type Variant } from '../../../../nodes/imports/variants.ts';
import { machineMemory } from '../../runtime/machine.ts';
import { HubError } from './trouble.ts';

/** Which files of an export are wanted, and which of its precisions fits a machine. Pure, but for `thisMachine`. */

export interface SizedFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** What is read of an export beside its networks, wherever it stands in the repository's root. */
const SETTINGS: ReadonlySet<string> = new Set([
  'config.json',
  'generation_config.json',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
  'genai_config.json',
]);

/** A precision of an export, with everything that it needs. */
export interface VariantFiles {
  readonly variant: Variant;
  /** Settings first, then a network with its external data after it. */
  readonly paths: readonly string[];
  /** Sum of their sizes, in bytes. */
  readonly bytes: number;
  /** Bytes of memory that the weights take once they are loaded. */
  readonly memory: number;
  /** Bytes of keys and values for the tokens of the `CacheSize`; 0 where the model keeps none, or none is known. */
  readonly cache: number;
  /** Networks that this precision lacks: the file that stands in. */
  readonly instead: readonly string[];
}

/** The precisions there are of an export; nothing where a repository holds none. `size`: of its cache, where that is known. */
export function variantsOf<F extends SizedFile>(files: readonly F[], size?: CacheSize): VariantFiles[] {
  const settings = files.filter(({ path }) => SETTINGS.has(path));
  const networks = byStem(files);
  const variants = VARIANTS.filter((variant) => largest(networks).some((each) => each.variant === variant));
  return variants.map((variant) => {
    const chosen = [...networks.values()].map((all) => all.find((each) => each.variant === variant) ?? best(all));
    const all = [...settings, ...chosen.flatMap((each) => each.files)];
    return {
      variant,
      paths: all.map(({ path }) => path),
      bytes: sum(all),
      memory: chosen.reduce((total, each) => total + memoryOf(each), 0),
      cache: size ? cacheBytes(size, variant) : 0,
      instead: chosen.filter((each) => each.variant !== variant).map(({ files: [first] }) => first?.path ?? ''),
    };
  });
}

interface Network {
  readonly variant: Variant;
  /** The .onnx file, then its external data. */
  readonly files: readonly SizedFile[];
}

/** Each network in its precisions. Where both towers of a pair stand apart, the file that holds both is left out. */
function byStem(files: readonly SizedFile[]): Map<string, Network[]> {
  const models = files.filter(({ path }) => path.endsWith('.onnx'));
  const folder = models.some(({ path }) => path.startsWith('onnx/')) ? 'onnx' : '';
  const stems = new Map<string, Network[]>();
  for (const model of models.filter(({ path }) => folderOf(path) === folder)) {
    const named = namedVariant(model.path);
    if (!named) continue;
    const data = files.filter(({ path }) => isDataOf(model.path, path));
    const network = { variant: named.variant, files: [model, ...data] };
    stems.set(named.stem, [...(stems.get(named.stem) ?? []), network]);
  }
  for (const stem of stems.keys()) if (isDoubled(stem, stems)) stems.delete(stem);
  return stems;
}

const folderOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** `model.onnx_data`, `model.onnx_data_1`, `model.onnx.data`. */
function isDataOf(model: string, path: string): boolean {
  return path.startsWith(model) && /^(_data(_\d+)?|\.data)$/.test(path.slice(model.length));
}

/** Whether what a network does is done by others of the same export. */
function isDoubled(stem: string, stems: ReadonlyMap<string, unknown>): boolean {
  const beside = (name: string) => stems.has(`${folderOf(stem)}/${name}`.replace(/^\//, ''));
  const name = stem.slice(stem.lastIndexOf('/') + 1);
  if (name === 'decoder_model' || name === 'decoder_with_past_model') return beside('decoder_model_merged');
  return name === 'model' && beside('text_model') && beside('vision_model');
}

/** The network by which a precision is named: smaller ones often come in fewer. */
function largest(networks: ReadonlyMap<string, Network[]>): readonly Network[] {
  const size = (all: readonly Network[]) => Math.max(0, ...all.map(({ files }) => sum(files)));
  return [...networks.values()].reduce<readonly Network[]>((most, all) => (size(all) > size(most) ? all : most), []);
}

function best(all: readonly Network[]): Network {
  const found = VARIANTS.flatMap((variant) => all.find((each) => each.variant === variant) ?? []).at(0);
  if (!found) throw new Error('a network has a file');
  return found;
}

const sum = (files: readonly SizedFile[]) => files.reduce((total, { size }) => total + size, 0);

/** On CPU ONNX Runtime widens half precision to single before it computes; other weights stay as they are in the file. */
function memoryOf({ variant, files }: Network): number {
  return variant === 'fp16' ? 2 * sum(files) : sum(files);
}

/** What a choice is made for. */
export interface Machine {
  /** In bytes. */
  readonly memory: number;
  /** Execution providers that work. */
  readonly providers: readonly string[];
}

export function thisMachine(providers: readonly string[]): Machine {
  return { memory: machineMemory(), providers };
}

/** Weights and cache may take this share of the memory: activations and other programs need some too. */
const SHARE = 0.5;

/** Full precision costs little where the whole is this small. */
const SMALL = 1 << 30;

/** Fastest first, with the least loss: half precision where there is a GPU, blocks of 4 bits where memory sets the pace. */
const ON_GPU: readonly Variant[] = ['fp16', 'q4f16', 'q4', 'fp32', 'q8', 'bnb4', 'int8', 'uint8'];
const ON_CPU: readonly Variant[] = ['q4', 'q8', 'int8', 'uint8', 'fp32', 'bnb4', 'q4f16', 'fp16'];

export const fits = ({ memory, cache }: VariantFiles, machine: Machine) => memory + cache <= SHARE * machine.memory;

/** The precision to take on a machine, and why; the smallest one where none fits. */
export function suggested(variants: readonly VariantFiles[], machine: Machine): { variant: Variant; why: string } {
  const gpu = machine.providers.find((name) => name !== 'cpu');
  const named = (name: Variant) => variants.filter(({ variant }) => variant === name);
  const small = gpu ? [] : named('fp32').filter(({ memory }) => memory <= SMALL);
  const ranked = [...small, ...(gpu ? ON_GPU : ON_CPU).flatMap(named)];
  const fitting = ranked.find((each) => fits(each, machine));
  const where = gpu ?? 'the CPU';
  if (fitting)
    return {
      variant: fitting.variant,
      why: small.includes(fitting) ? 'small enough for full precision' : `fits, and is fast on ${where}`,
    };
  const [first, ...others] = variants;
  if (!first) throw new Error('an export has a precision');
  const least = others.reduce(
    (small, each) => (each.memory + each.cache < small.memory + small.cache ? each : small),
    first,
  );
  return { variant: least.variant, why: 'the smallest there is: none fits well' };
}

/** The files of the precision that was asked for. Throws a `HubError` where there is none, or no export at all. */
export function chosen(name: string, variants: readonly VariantFiles[], asked: string): VariantFiles {
  const found = variants.find(({ variant }) => variant === asked);
  if (found) return found;
  if (variants.length === 0) throw noExport(name);
  throw new HubError('missing', `${name} does not come in the precision "${asked}".`, {
    hint: `There are: ${variants.map(({ variant }) => variant).join(', ')}.`,
  });
}

export function noExport(name: string): HubError {
  const [, bare = name] = name.split('/');
  return new HubError('files', `${name} holds no ONNX export.`, {
    hint: `Look for one by others, such as onnx-community/${bare}, or export it with optimum-cli.`,
  });
}
