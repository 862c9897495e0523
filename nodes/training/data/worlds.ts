import { loadDigits } from './digits/world.ts';
import { shapes } from './shapes/world.ts';
import type { World } from './world.ts';

/** A world by name. `readText` reads a file of an installed package. */
export async function loadWorld(name: World['name'], readText: (path: string) => Promise<string>): Promise<World> {
  return (name === 'shapes' ? shapes : await loadDigits(readText)) as World;
}
