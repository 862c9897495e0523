import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Language } from '../../nodes/training/data/vocabulary.ts';

let root: string | undefined;

/** The folder that holds package.json, graphs/ and dist/: the clone, or the packaged app's resources. */
export function appRoot(): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return root;
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('Patchbay is not complete: package.json is missing. Install it again.');
  return findRoot(parent);
}

/** The built engine process; found from the root, since the builder may put a caller into a chunk of its own. */
export const engineScript = () => join(appRoot(), 'dist', 'electron', 'engine.js');

/** The built processes that train, and the thread of theirs that makes batches. */
export const trainingScript = () => join(appRoot(), 'dist', 'electron', 'training.js');
export const loaderScript = () => join(appRoot(), 'dist', 'electron', 'loader.js');

/** Where this user's pictures, models and settings are kept; `PATCHBAY_HOME` overrides the platform's usual place. */
export function dataFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env.PATCHBAY_HOME) return resolve(env.PATCHBAY_HOME);
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Patchbay');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Patchbay');
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'patchbay');
}

/** The models that ship, a folder each, and their tokenizers. */
export const shippedModels = () => join(appRoot(), 'nodes', 'models');

/** What they were trained to read: talk about pictures, or problems in arithmetic. */
export function shippedTokenizer(language: Language): string {
  return join(shippedModels(), language === 'worlds' ? 'tokenizer.json' : `${language}-tokenizer.json`);
}

/** Models that this user trained; `trained:<name>` in a graph is one of them. */
export const trainedModels = () => join(dataFolder(), 'trained');

/** Solutions of problems that models wrote, a file a model: what verifiers are trained on. */
export const rolloutsFolder = () => join(dataFolder(), 'rollouts');

/** Subgraphs that this user keeps for other graphs. */
export const userLibrary = () => join(dataFolder(), 'library');

/** Pictures that ship; `example:<name>` in a graph is one of them. */
export const examplePictures = () => join(appRoot(), 'graphs', 'examples', 'pictures');

/** Changes to open documents that are not saved, and earlier versions of saved ones. */
export const draftsFolder = () => join(dataFolder(), 'drafts');
export const backupsFolder = () => join(dataFolder(), 'backups');

/** Pictures the user added; `picture:<file>` in a graph is one of them, so that no machine path stands in it. */
export const userPictures = () => join(dataFolder(), 'pictures');

/**
 * The path of a source as it stands in a graph: `example:…`, `picture:…`, or a path, absolute or relative to the
 * document's folder.
 */
export function resolveSource(source: string, folder: string = process.cwd()): string {
  const colon = source.indexOf(':');
  const scheme = source.slice(0, colon);
  const rest = source.slice(colon + 1);
  if (scheme === 'example' || scheme === 'picture') {
    // These name one file in one folder: nothing that climbs out of it.
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(rest)) throw new Error(`"${source}" is not the name of a picture`);
    return scheme === 'picture' ? join(userPictures(), rest) : exampleFile(rest);
  }
  return isAbsolute(source) ? source : resolve(folder, source);
}

function exampleFile(name: string): string {
  const files = ['', '.jpg', '.png', '.webp'].map((extension) => join(examplePictures(), name + extension));
  return files.find((file) => existsSync(file)) ?? join(examplePictures(), name);
}
