import { z } from 'zod';
import type { ParamMeta } from '../../nodes/definition.ts';
import { definitionOf } from '../../nodes/registry.ts';

/** `means`: what stands in the document, where that is no text. */
interface Choice {
  readonly value: string;
  readonly label: string;
  readonly means?: unknown;
}

/** A parameter as the inspector shows it, read from the zod schema of the kind. */
export interface Field {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly control: 'number' | 'select' | 'switch' | 'string' | 'text' | 'image' | 'file' | 'model' | 'json';
  readonly unit?: string;
  readonly integer: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly choices: readonly Choice[];
  readonly advanced: boolean;
  /** The values of another parameter with which this one matters; absent: it always does. */
  readonly when?: ParamMeta['when'];
}

const cache = new Map<string, readonly Field[]>();

export function fieldsOf(kind: string): readonly Field[] {
  const known = cache.get(kind);
  if (known) return known;
  const definition = definitionOf(kind);
  if (!definition) return [];
  const fields = Object.entries(definition.params.shape).map(([name, schema]) => fieldOf(name, schema));
  cache.set(kind, fields);
  return fields;
}

/** The parameters of a kind that matter with these values: none that hangs on one which does not. */
export function mattering(kind: string, params: Readonly<Record<string, unknown>>): readonly Field[] {
  const fields = fieldsOf(kind);
  const matters = ({ when }: Field): boolean => {
    if (!when) return true;
    return [when].flat().some(({ param, is = [], starts }) => {
      const other = fields.find(({ name }) => name === param);
      const value = String(params[param]);
      const fits = is.includes(value) || (starts !== undefined && value.startsWith(starts));
      return fits && (!other || matters(other));
    });
  };
  return fields.filter(matters);
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

function fieldOf(name: string, zodSchema: z.core.$ZodType): Field {
  const schema = z.toJSONSchema(zodSchema, { io: 'input', unrepresentable: 'any' });
  const bounded = (bound: unknown) =>
    typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined;
  const choices = Array.isArray(schema.choices)
    ? schema.choices
    : (schema.enum ?? []).map((value) => ({ value: String(value), label: String(value), means: value }));
  return {
    name,
    title: typeof schema.title === 'string' ? schema.title : words(name),
    description: schema.description,
    control: controlOf(schema),
    unit: textOf(schema.unit),
    integer: schema.type === 'integer',
    min: bounded(schema.minimum ?? schema.exclusiveMinimum),
    max: bounded(schema.maximum ?? schema.exclusiveMaximum),
    step: bounded(schema.step),
    choices,
    advanced: schema.advanced === true,
    when: z.globalRegistry.get(zodSchema)?.when,
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

function controlOf(schema: JsonSchema): Field['control'] {
  const { control } = schema;
  if (control === 'text' || control === 'image' || control === 'file' || control === 'model') return control;
  if (schema.enum) return 'select';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  return schema.type === 'string' ? 'string' : 'json';
}

/** `maxTokens` → `Max tokens` */
function words(name: string): string {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
