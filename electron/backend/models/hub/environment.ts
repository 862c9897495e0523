import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where the Hub is and where its files are kept: the variables that other tools of the Hub read, with the same meaning
 * (huggingface_hub, "Environment variables").
 */

export function endpoint(env: NodeJS.ProcessEnv = process.env): string {
  return (env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
}

function hubHome(env: NodeJS.ProcessEnv): string {
  return env.HF_HOME ? folder(env.HF_HOME) : join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
}

/** The cache that all tools of the Hub share. */
export function hubCache(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  return named ? folder(named) : join(hubHome(env), 'hub');
}

/** From the environment, or as `hf auth login` left it; never written anywhere. */
export async function hubToken(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const named = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN;
  if (named) return named.trim();
  const text = await readFile(
    env.HF_TOKEN_PATH ? folder(env.HF_TOKEN_PATH) : join(hubHome(env), 'token'),
    'utf8',
  ).catch(() => '');
  return text.trim() || undefined;
}

/** Only what is here already. */
export const isOffline = (env: NodeJS.ProcessEnv = process.env) => /^(1|true|yes|on)$/i.test(env.HF_HUB_OFFLINE ?? '');

/** How long nothing may come before a connection counts as broken, in ms. */
export function patience(env: NodeJS.ProcessEnv = process.env): number {
  const seconds = Number(env.HF_HUB_DOWNLOAD_TIMEOUT);
  return seconds > 0 ? 1000 * seconds : 30_000;
}

const folder = (path: string) => resolve(path.replace(/^~(?=$|[/\\])/, homedir()));
