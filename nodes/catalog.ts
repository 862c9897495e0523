import { z } from 'zod';
import type { KindCatalog, KindInfo, ParsedParams } from '../graphs/catalog.ts';
import { describeIssue, describeValue, dottedPath, valueAt } from '../graphs/issues.ts';
import type { NodeDefinition } from './definition.ts';
import { type InputPort, PORT_TYPES, type PortType, refusal } from './ports.ts';
import { definitions } from './registry.ts';

/** The node library as `graphs` sees it; by default all of it. */
export function createCatalog(library: readonly NodeDefinition[] = definitions): KindCatalog {
  const infos = new Map(library.map((definition) => [definition.kind, kindInfo(definition)]));
  return { kinds: [...infos.keys()], get: (kind) => infos.get(kind) };
}

export const catalog: KindCatalog = createCatalog();

function kindInfo(definition: NodeDefinition): KindInfo {
  return {
    version: definition.version,
    varies: definition.varies,
    defaults: definition.params.parse({}),
    parseParams: (raw) => parseParams(definition, raw),
    ports(params, facts) {
      const ports = definition.ports(params, facts);
      return {
        inputs: Object.fromEntries(Object.entries(ports.inputs).map(([name, port]) => [name, inputInfo(port)])),
        outputs: ports.outputs,
        open: ports.open,
      };
    },
  };
}

function inputInfo(port: InputPort) {
  return {
    optional: port.optional ?? false,
    multiple: port.multiple ?? false,
    ...(port.yields && { yields: port.yields }),
    refusal: (type: string) => (isPortType(type) ? refusal(type, port) : `there is no port type "${type}"`),
  };
}

function isPortType(type: string): type is PortType {
  return (PORT_TYPES as readonly string[]).includes(type);
}

function parseParams(definition: NodeDefinition, raw: Readonly<Record<string, unknown>>): ParsedParams {
  const result = definition.params.safeParse(raw);
  if (result.success) return { params: result.data };
  return {
    problems: result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? '');
      const field: z.core.$ZodType | undefined = Object.hasOwn(definition.params.shape, name)
        ? definition.params.shape[name]
        : undefined;
      const range = field && issue.path.length === 1 ? rangeOf(field) : undefined;
      const message = range
        ? `expected ${range}, found ${describeValue(valueAt(raw, issue.path))}`
        : describeIssue(issue, raw);
      return { name: dottedPath(issue.path), message };
    }),
  };
}

/** The whole range of a numeric parameter with its unit, `a number from 0 to 2 px`: more use than the bound that was broken. */
function rangeOf(field: z.core.$ZodType): string | undefined {
  const schema = z.toJSONSchema(field, { io: 'input' });
  if (schema.type !== 'number' && schema.type !== 'integer') return undefined;
  const unit = typeof schema.unit === 'string' ? ` ${schema.unit}` : '';
  const bounded = (bound: unknown): bound is number =>
    typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  const above = schema.exclusiveMinimum === undefined ? 'at least' : 'more than';
  const number = schema.type === 'integer' ? 'a whole number' : 'a number';
  if (bounded(low) && bounded(high))
    return schema.exclusiveMinimum === undefined
      ? `${number} from ${low} to ${high}${unit}`
      : `${number} above ${low}, up to ${high}${unit}`;
  if (bounded(low)) return `${number}, ${above} ${low}${unit}`;
  if (bounded(high)) return `${number}, at most ${high}${unit}`;
  return `${number}${unit ? ` (in${unit})` : ''}`;
}
