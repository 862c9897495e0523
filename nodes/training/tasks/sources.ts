import type { TextTokenizer } from '../../generation/tokenizer.ts';
import { weighted } from '../data/chance.ts';
import { questionsAbout } from '../data/text.ts';
import type { Question, Random, World } from '../data/world.ts';
import { loadWorld, patchClasses } from '../data/worlds.ts';
import { type Recipe, worldNames } from '../recipe.ts';
import { parseRollouts, type Rollout } from '../rollouts.ts';

/** What batches of a recipe are drawn from. */
export interface Sources {
  readonly tokenizer: TextTokenizer;
  /** Tasks that ask each patch what it shows, in any of the worlds, with the number of their classes. */
  readonly classes: World['patchClasses'];
  /** One of the recipe's worlds, by their weights. */
  worlds(random: Random): World;
  /** Up to `count` different questions about a scene, of the kinds by their weights. */
  ask(world: World, scene: unknown, random: Random, count: number): readonly Question[];
  /** Solved problems, where the recipe learns from them. */
  readonly rollouts?: readonly Rollout[];
}

/** `rollouts`: path of those that the recipe names, where it names any. */
export async function loadSources(
  { data }: Recipe,
  tokenizer: TextTokenizer,
  readText: (path: string) => Promise<string>,
  rollouts?: string,
): Promise<Sources> {
  const names = worldNames(data);
  const worlds = await Promise.all(names.map((name) => loadWorld(name, readText)));
  const { worlds: shares = {}, kinds = {} } = 'worlds' in data ? data : {};
  const weights = names.map((name) => shares[name] ?? 0);
  return {
    tokenizer,
    classes: patchClasses(names),
    worlds: (random) => worlds[weighted(random, weights)] as World,
    ask: (world, scene, random, count) => questionsAbout(world, scene, random, count, kinds),
    ...(rollouts !== undefined && { rollouts: parseRollouts(await readText(rollouts)).problems }),
  };
}
