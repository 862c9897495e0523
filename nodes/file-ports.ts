import { z } from 'zod';
import type { Facts } from './definition.ts';
import type { SessionPort } from './run.ts';

export const portSchema = z.object({
  name: z.string(),
  dtype: z.enum(['float32', 'float16', 'int64', 'int32', 'uint8', 'int8', 'bool', 'float64']),
  dims: z.array(z.union([z.number(), z.string()])).readonly(),
});
const factsSchema = z.object({ inputs: z.array(portSchema), outputs: z.array(portSchema) });

export interface FilePorts {
  readonly inputs: readonly SessionPort[];
  readonly outputs: readonly SessionPort[];
}

/** The ports of a file, once it was read, or of a server's model, once it was asked. */
export function filePorts(facts: Facts | undefined): FilePorts | undefined {
  const parsed = factsSchema.safeParse(facts);
  return parsed.success ? parsed.data : undefined;
}

/** `float32 [batch, 3, 224, 224]` */
export function shapeText({ dtype, dims }: SessionPort): string {
  return `${dtype} [${dims.join(', ')}]`;
}
