import type { Connection } from '../../../nodes/endpoint/connection.ts';
import { endpointReference } from '../../../nodes/endpoint/reference.ts';
import { NodeError } from '../../../nodes/run.ts';
import { connectionOf } from './connection.ts';
import { endpointsOfEnvironment } from './environment.ts';
import { type EndpointEntry, type EndpointSettings, savedSchema, type TestReport } from './schema.ts';
import { readEndpoints, type StoredEndpoint, writeEndpoints } from './store.ts';
import { testConnection } from './test-connection.ts';

/** The system's store of secrets, where a host has one: Electron's `safeStorage`. */
export interface Vault {
  /** Absent: the system keeps no secrets for this app, and the key is kept in a file of the user's. */
  seal(key: string): Promise<string | undefined>;
  open(sealed: string): Promise<string>;
}

/** A server to be asked, its key with it: it stays in the backend and its engine. */
export interface OpenEndpoint extends EndpointSettings {
  readonly key?: string;
  readonly known: StoredEndpoint['known'];
}

/** Where a host keeps the servers that the user wrote down: a file of this user's, and the environment, which wins. */
export class Endpoints {
  constructor(
    private readonly vault?: Vault,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  async list(): Promise<EndpointEntry[]> {
    const stored = await readEndpoints();
    const environment = endpointsOfEnvironment(this.env);
    const names = [...new Set([...stored, ...environment].map(({ name }) => name))].sort();
    return names.flatMap((name): EndpointEntry[] => {
      const saved = stored.find((each) => each.name === name);
      const { key: own, ...set } = environment.find((each) => each.name === name) ?? { name };
      if (!saved && set.url === undefined) return [];
      const { key, sealed, ...settings } = saved ?? { known: [] };
      return [
        {
          ...({ ...settings, ...set } as EndpointSettings & { known: StoredEndpoint['known'] }),
          key: own === undefined ? this.keptAs({ key, sealed }) : 'environment',
          from: set.url === undefined ? 'settings' : 'environment',
        },
      ];
    });
  }

  private keptAs({ key, sealed }: Pick<StoredEndpoint, 'key' | 'sealed'>): EndpointEntry['key'] {
    if (sealed !== undefined) return this.vault ? 'sealed' : 'unreadable';
    return key === undefined ? 'none' : 'file';
  }

  /** The endpoint of a name with its key. Rejects with a sentence where there is none, or its key cannot be read here. */
  async open(name: string): Promise<OpenEndpoint> {
    const entries = await this.list();
    const entry = entries.find((each) => each.name === name);
    if (!entry)
      throw new NodeError(
        `There is no endpoint "${name}"${entries.length > 0 ? `: there are ${entries.map((each) => each.name).join(', ')}` : ''}.`,
        `Write it down in Model servers, by patchbay endpoints add ${name} <address>, or set ${variable(name, 'URL')}.`,
      );
    const { key: _, from: __, ...settings } = entry;
    const key = await this.keyOf(name);
    return { ...settings, ...(key !== undefined && { key }) };
  }

  private async keyOf(name: string): Promise<string | undefined> {
    const own = endpointsOfEnvironment(this.env).find((each) => each.name === name)?.key;
    if (own !== undefined) return own;
    const saved = (await readEndpoints()).find((each) => each.name === name);
    if (saved?.sealed === undefined) return saved?.key;
    const hint = `Write it again in Model servers, or set ${variable(name, 'KEY')}.`;
    if (!this.vault)
      throw new NodeError(`The key of endpoint:${name} was sealed by the desktop app for itself alone.`, hint);
    return this.vault.open(saved.sealed).catch(() => {
      throw new NodeError(
        `The key of endpoint:${name} cannot be unsealed: the system's store of secrets has changed.`,
        hint,
      );
    });
  }

  /** Writes one down, or changes it. A key that is left out stays, unless the address leads to another server. */
  async save(given: unknown): Promise<void> {
    const parsed = savedSchema.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new NodeError(`The endpoint was not saved: ${issue?.message}.`);
    }
    const { key, ...settings } = parsed.data;
    if (endpointsOfEnvironment(this.env).some(({ name, url }) => name === settings.name && url !== undefined))
      throw new NodeError(
        `endpoint:${settings.name} is set by the environment (${variable(settings.name, 'URL')}), which wins.`,
        'Choose another name.',
      );
    const stored = await readEndpoints();
    const before = stored.find(({ name }) => name === settings.name);
    const same = before !== undefined && new URL(before.url).origin === new URL(settings.url).origin;
    if (before && !same && key === undefined && (before.key ?? before.sealed) !== undefined)
      throw new NodeError(
        `The address leads to another server than before: the key of ${new URL(before.url).host} is not sent to it unasked.`,
        'Write the key again, or take it away.',
      );
    const known = same && before.protocol === settings.protocol ? before.known : [];
    const kept = key === undefined ? { key: before?.key, sealed: before?.sealed } : await this.sealed(key);
    await writeEndpoints([...stored.filter(({ name }) => name !== settings.name), { ...settings, ...kept, known }]);
  }

  private async sealed(key: string): Promise<Pick<StoredEndpoint, 'key' | 'sealed'>> {
    if (key === '') return {};
    const sealed = await this.vault?.seal(key);
    return sealed === undefined ? { key } : { sealed };
  }

  async remove(name: string): Promise<void> {
    const stored = await readEndpoints();
    const rest = stored.filter((each) => each.name !== name);
    if (rest.length === stored.length) throw new NodeError(`There is no endpoint "${name}" in the settings.`);
    await writeEndpoints(rest);
  }

  /** Asks a server what it serves, and keeps that: graphs offer it and know its ports before they run. */
  async test(name: string, signal: AbortSignal): Promise<TestReport> {
    const report = await testConnection(await this.connect(name), signal);
    const stored = await readEndpoints();
    if (stored.some((each) => each.name === name))
      await writeEndpoints(stored.map((each) => (each.name === name ? { ...each, known: report.models } : each)));
    return report;
  }

  private async connect(name: string): Promise<Connection> {
    const { name: found } = endpointReference(`endpoint:${name}`);
    return connectionOf(await this.open(found), () => this.open(found));
  }
}

function variable(name: string, field: 'URL' | 'KEY'): string {
  return `PATCHBAY_ENDPOINT_${name.toUpperCase().replaceAll('-', '_')}_${field}`;
}
