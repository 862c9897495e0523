import { readFile } from 'node:fs/promises';
import type { PlanStep } from '../../../graphs/compile.ts';
import type { Facts } from '../../../nodes/definition.ts';
import type { Connection } from '../../../nodes/endpoint/connection.ts';
import { endpointReference, isEndpoint } from '../../../nodes/endpoint/reference.ts';
import { isImported } from '../../../nodes/imports/facts.ts';
import type { Variant } from '../../../nodes/imports/variants.ts';
import { isStored } from '../../../nodes/model-reference.ts';
import { definitionOf } from '../../../nodes/registry.ts';
import { NodeError, type NodeRun, type RunContext } from '../../../nodes/run.ts';
import { connectionOf, endpointDigest } from '../endpoints/connection.ts';
import { Endpoints } from '../endpoints/endpoints.ts';
import type { Lender, LoanTerms, Usage } from '../executor/executor.ts';
import { importDigest, openImport } from '../models/imports.ts';
import { openStored, storedDigest } from '../models/stored.ts';
import { resolveSource } from '../paths.ts';
import { Account, accounts, currentAccount } from './account.ts';
import { fileMark } from './file-mark.ts';
import { decodeImage, encodePng, imageSize, resample, resize } from './images.ts';
import type { SessionPool } from './sessions.ts';

/** Lends nodes what they run with: files, pictures and the sessions of one pool. */
export class RuntimeLender implements Lender {
  constructor(
    private readonly pool: SessionPool,
    private readonly endpoints: Pick<Endpoints, 'open'> = new Endpoints(),
  ) {}

  async lend<T>(terms: LoanTerms, work: (context: RunContext) => Promise<T>): Promise<{ result: T; usage: Usage }> {
    const account = new Account(terms.signal, terms.provider, terms.profile, terms.onLoading);
    const files = fileAccess(terms.folder);
    const context: RunContext = {
      signal: terms.signal,
      wanted: new Set(terms.wanted),
      // A generator is asked by another node than made it: the time is of whoever runs now.
      clock: () => currentAccount().ownMs,
      progress: terms.onProgress,
      report: terms.onReport,
      session: (request) => this.pool.request(request),
      openFile: (path, use) => this.pool.file(files.resolve(path), use),
      storedModel: openStored,
      importedModel: (reference, variant) => openImport(reference, variant, terms.folder),
      decodeImage: (source) => decodeImage(files.resolve(source)),
      resize,
      resample,
      encodePng,
      endpoint: (name) => this.endpoint(name),
      files,
    };
    const result = await accounts.run(account, () => work(context));
    return { result, usage: account.usage() };
  }

  /** Facts of a node before it runs; sessions that it opens stay in the pool for the run. */
  async probe({ probe }: NodeRun, params: Readonly<Record<string, unknown>>, folder?: string): Promise<Facts> {
    if (!probe) return {};
    const { signal } = new AbortController();
    const files = fileAccess(folder);
    const account = new Account(signal, 'auto', false, () => {});
    const context = {
      signal,
      files,
      openFile: (path: string) => this.pool.file(files.resolve(path)),
      storedModel: openStored,
      endpoint: (name: string) => this.endpoint(name),
      importedModel: (reference: string, variant: Variant | 'auto') => openImport(reference, variant, folder),
      imageSize: (source: string) => imageSize(files.resolve(source)),
    };
    return accounts.run(account, () => probe(context, params));
  }

  private async endpoint(name: string): Promise<Connection> {
    return connectionOf(await this.endpoints.open(name), () => this.endpoints.open(name));
  }

  private async endpointMark(reference: string): Promise<string> {
    try {
      return endpointDigest(await this.endpoints.open(endpointReference(reference).name));
    } catch {
      return 'missing';
    }
  }

  async digest({ kind, params }: PlanStep, folder: string | undefined): Promise<string | undefined> {
    const marks = fileFields(kind).flatMap(({ name, control }) => {
      const value = params[name];
      if (typeof value !== 'string' || value === '') return [];
      if (isEndpoint(value)) return this.endpointMark(value);
      if (control !== 'model') return fileMark(resolveSource(value, folder));
      if (isStored(value)) return storedDigest(value);
      // Published models are named by what they are.
      return isImported(value) ? importDigest(value, folder) : [];
    });
    return marks.length === 0 ? undefined : (await Promise.all(marks)).join(';');
  }
}

type FileField = { readonly name: string; readonly control: string };

const fileFieldsByKind = new Map<string, readonly FileField[]>();

/** The parameters that may name a file. */
function fileFields(kind: string): readonly FileField[] {
  let fields = fileFieldsByKind.get(kind);
  if (!fields) {
    fields = Object.entries(definitionOf(kind)?.params.shape ?? {})
      .map(([name, field]) => ({ name, control: String(field.meta()?.control) }))
      .filter(({ control }) => ['image', 'file', 'model'].includes(control));
    fileFieldsByKind.set(kind, fields);
  }
  return fields;
}

function fileAccess(folder: string | undefined): RunContext['files'] {
  const resolve = (source: string) => resolveSource(source, folder);
  return {
    resolve,
    async read(path) {
      try {
        return await readFile(path);
      } catch (error) {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        throw new NodeError(
          missing ? `There is no file at ${path}.` : `${path} cannot be read.`,
          'Choose another file, or put it back.',
        );
      }
    },
  };
}
