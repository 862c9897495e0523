import { z } from 'zod';
import { PROTOCOLS, type ServedModel } from '../../../nodes/endpoint/connection.ts';
import { ENDPOINT_NAME } from '../../../nodes/endpoint/reference.ts';

const name = z
  .string()
  .regex(ENDPOINT_NAME, 'a name has small letters, digits and hyphens, up to 40, and begins with a letter or a digit');

/** What a person writes down of a server. */
export const endpointSchema = z.object({
  name,
  protocol: z.enum(PROTOCOLS).default('openai'),
  url: z.string().transform((text, context) => {
    const why = whyNoAddress(text.trim());
    if (why === undefined) return text.trim();
    context.addIssue({ code: 'custom', message: why });
    return z.NEVER;
  }),
  /** The model to ask where a graph names none. */
  model: z.string().trim().max(300).optional(),
  /** Longest silence, in seconds, before a request is given up. */
  silence: z.int().min(1).max(300).default(120),
});

export type EndpointSettings = z.output<typeof endpointSchema>;

/** As it is saved: a key that is left out stays as it was, an empty one is taken away. */
export const savedSchema = endpointSchema.extend({ key: z.string().trim().max(4096).optional() });

function whyNoAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return 'the address is none: write it whole, as http://127.0.0.1:8000/v1';
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'the address must begin with http:// or https://';
  if (username || password) return 'a user and a password do not belong into the address: write the key beside it';
  return search || hash ? 'the address must end with its path, without ? and #' : undefined;
}

/** An endpoint as the app lists it: never with its key. */
export interface EndpointEntry extends EndpointSettings {
  /** Where its key is kept; `unreadable`: the desktop app sealed it for itself alone. */
  readonly key: 'none' | 'sealed' | 'file' | 'environment' | 'unreadable';
  /** Of the environment: it cannot be changed here. */
  readonly from: 'settings' | 'environment';
  /** Models that it was heard to serve when it was last tested. */
  readonly known: readonly ServedModel[];
}

export interface TestReport {
  readonly ms: number;
  /** What it says it is, where it does. */
  readonly server?: string;
  readonly models: readonly ServedModel[];
}
