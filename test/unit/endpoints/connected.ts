import { connectionOf } from '../../../electron/backend/endpoints/connection.ts';
import type { OpenEndpoint } from '../../../electron/backend/endpoints/endpoints.ts';
import { ChatModel } from '../../../nodes/endpoint/chat/asking.ts';
import { chatGenerator } from '../../../nodes/endpoint/chat/generator.ts';
import type { GenerateRequest } from '../../../nodes/llm/generator.ts';

export const KEY = 'sk-do-not-tell-7f3a';

export function endpoint(url: string, more: Partial<OpenEndpoint> = {}): OpenEndpoint {
  return { name: 'cluster', protocol: 'openai', url, model: 'big', silence: 30, key: KEY, known: [], ...more };
}

export function connected(url: string, more: Partial<OpenEndpoint> = {}) {
  const settings = endpoint(url, more);
  return connectionOf(settings, async () => settings);
}

export function generator(
  url: string,
  pictures: readonly (readonly string[])[] = [],
  more: Partial<OpenEndpoint> = {},
) {
  return chatGenerator(new ChatModel(connected(url, more)), pictures);
}

export const GREEDY = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };

export function request(more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    sampling: { ...GREEDY, seed: 7 },
    maxTokens: 64,
    stop: [],
    signal: new AbortController().signal,
    ...more,
  };
}

export const text = (words: string, system?: string) =>
  ({ type: 'text', text: words, ...(system && { system }) }) as const;
