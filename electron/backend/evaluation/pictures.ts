import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { SIDE, type World } from '../../../nodes/training/data/world.ts';

/** Pictures of scenes as files, since a pipeline's image node reads one. */
export class ScenePictures {
  private count = 0;

  private constructor(
    private readonly world: World,
    private readonly folder: string,
  ) {}

  static async in(world: World): Promise<ScenePictures> {
    return new ScenePictures(world, await mkdtemp(join(tmpdir(), 'patchbay-eval-')));
  }

  /** Path of a new picture of the scene, 64 × 64, without loss. */
  async draw(scene: unknown): Promise<string> {
    const { width, height, data } = this.world.draw(scene, SIDE);
    const path = join(this.folder, `${this.count++}.png`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toFile(path);
    return path;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
