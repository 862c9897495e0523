import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { type ModelUse, NodeError, type Session, type SessionPort, type SessionRequest } from '../../../nodes/run.ts';
import type { DType, Tensor } from '../../../nodes/values.ts';
import type { ProviderReport } from '../executor/events.ts';
import { type Account, currentAccount, holdingForNobody } from './account.ts';
import { fileBytes, fileMark } from './file-mark.ts';
import { type ModelSource, sourceOfFile, sourceOfRequest, type Weights } from './model-source.ts';
import { fallbackShare, type Profile, readProfile } from './profile.ts';
import { candidates, Providers, reasonOf } from './providers.ts';
import { fromOrt, toOrt } from './tensors.ts';
import { THREADS } from './threads.ts';

/** Bytes of weights from which a model that is run once an input goes to WebGPU unasked. */
const WEBGPU_FROM = 50e6;

/**
 * The sessions of this process, one for each model and provider. Those not used for longest are released when the pool
 * holds more than `limitBytes`; one that somebody still has is loaded again when it is next run.
 */
export class SessionPool {
  private readonly sessions = new Map<string, PooledSession>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly limitBytes: number,
    readonly providers = new Providers(),
  ) {}

  request(request: SessionRequest): Promise<Session> {
    return this.open(request.key, (provider) => sourceOfRequest(request, provider), request);
  }

  async file(path: string, use: ModelUse = {}): Promise<Session> {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile())
      throw new NodeError(`There is no model at ${path}.`, 'Choose another .onnx file, or put it back.');
    const [mark, bytes] = await Promise.all([fileMark(path), fileBytes(path)]);
    return this.open(`file:${path} ${mark}`, () => sourceOfFile(path, bytes), use);
  }

  private async open(
    key: string,
    source: (provider: string) => ModelSource,
    { generates = false }: ModelUse,
  ): Promise<Session> {
    const account = currentAccount();
    const full = [key, account.asked, generates ? 'generates' : '', account.profiling ? 'profile' : ''].join('\n');
    let session = this.sessions.get(full);
    if (!session) {
      session = new PooledSession(this, full, source, account.asked, generates, account.profiling);
      this.sessions.set(full, session);
    }
    await session.ready();
    return session;
  }

  /** Runs `work` when everybody before it is done: one session runs or loads at a time. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => {});
    return mine;
  }

  /** Makes room for `bytes`, and marks `session` as the last one used. Returns the bytes left beyond those. */
  async admit(session: PooledSession, bytes: number): Promise<number> {
    this.touch(session);
    let held = bytes;
    for (const other of this.sessions.values()) held += other.bytes;
    for (const oldest of this.sessions.values()) {
      if (held <= this.limitBytes) break;
      held -= oldest.bytes;
      await oldest.release();
    }
    return this.limitBytes - held;
  }

  touch(session: PooledSession): void {
    this.sessions.delete(session.key);
    this.sessions.set(session.key, session);
  }
}

class PooledSession implements Session {
  inputs: readonly SessionPort[] = [];
  outputs: readonly SessionPort[] = [];
  provider: ProviderReport;
  /** Growth of resident memory when it was loaded, or its weights where that is more; 0 while released. */
  bytes = 0;
  private session: ort.InferenceSession | undefined;
  private profile: Profile | undefined;
  private profileFolder: string | undefined;
  /** Providers that failed for this model, with the reason: not tried again. */
  private readonly refused = new Map<string, string>();

  constructor(
    private readonly pool: SessionPool,
    readonly key: string,
    private readonly source: (provider: string) => ModelSource,
    private readonly asked: string,
    private readonly generates: boolean,
    private readonly profiling: boolean,
  ) {
    this.provider = { asked, ran: 'cpu' };
  }

  /** Loads it unless it is there, and charges the node that needs it. */
  async ready(): Promise<void> {
    const account = currentAccount();
    account.signal.throwIfAborted();
    await this.pool.exclusively(() => this.load(account));
  }

  async run(feeds: Readonly<Record<string, Tensor>>, fetch?: readonly string[]): Promise<Record<string, Tensor>> {
    const account = currentAccount();
    return this.pool.exclusively(async () => {
      account.signal.throwIfAborted();
      await this.load(account);
      return this.attempt(account, feeds, fetch ?? this.outputs.map((port) => port.name));
    });
  }

  async release(): Promise<void> {
    const session = this.session;
    this.session = undefined;
    this.bytes = 0;
    await session?.release();
  }

  /** Runs; a provider that fails at it gives way to the next, and the report says so. */
  private async attempt(
    account: Account,
    feeds: Readonly<Record<string, Tensor>>,
    fetch: readonly string[],
  ): Promise<Record<string, Tensor>> {
    try {
      const session = this.session as ort.InferenceSession;
      const results = await account.holding(() => session.run(toOrt(feeds), [...fetch]));
      if (this.profileFolder) await this.endProfile(session, this.profileFolder);
      account.used(this.key, this.bytes, this.provider, this.profiling ? this.profile : undefined);
      return fromOrt(results);
    } catch (error) {
      if (error instanceof NodeError) throw error;
      const ran = this.provider.ran;
      if (ran === 'cpu')
        throw new NodeError(`ONNX Runtime could not run the model: ${reasonOf(error)}`, hintFor(error));
      this.refused.set(ran, reasonOf(error));
      await this.release();
      await this.load(account);
      return this.attempt(account, feeds, fetch);
    }
  }

  private async load(account: Account): Promise<void> {
    if (this.session) {
      account.used(this.key, this.bytes, this.provider, this.profiling ? this.profile : undefined);
      return this.pool.touch(this);
    }
    account.onLoading(true);
    for (const name of this.asked === 'auto' ? candidates() : [this.asked, 'cpu'])
      if ((await this.mayRun(name)) && (await this.loadOn(name, account))) break;
    account.used(this.key, this.bytes, this.provider, undefined);
    account.onLoading(false);
  }

  private async mayRun(name: string): Promise<boolean> {
    if (name === 'cpu') return true;
    if (this.refused.has(name) || (this.webgpuUnasked(name) && this.generates)) return false;
    // Once a process: no part of the time that a model takes to load.
    const { works, wrong, reason } = await holdingForNobody(() => this.pool.providers.try(name));
    // With `auto`, a machine without a GPU is no news; a GPU that answers wrongly is.
    if (!works && (wrong || this.asked !== 'auto')) this.refused.set(name, reason);
    return works;
  }

  /**
   * Whether this is WebGPU and nothing was asked for. It starts every kernel anew: on an H200, models of 8 MB of weights were
   * slower there than on two threads of the CPU and of 320 MB six times as quick, but an LLM of 540 MB wrote a fifth of the tokens a
   * second (docs/measured/2026-11-27-h200.md).
   */
  private webgpuUnasked(name: string): boolean {
    return this.asked === 'auto' && name === 'webgpu';
  }

  /** Returns whether the provider took it; rejects where the CPU does not. */
  private async loadOn(name: string, account: Account): Promise<boolean> {
    const start = performance.now();
    const took = await account.holding(async () => {
      const before = process.memoryUsage.rss();
      const source = this.source(name);
      if (this.webgpuUnasked(name) && source.bytes < WEBGPU_FROM) return false;
      const spare = await this.pool.admit(this, source.bytes);
      const weights = source.weights?.();
      try {
        // ONNX Runtime keeps weights as they came beside those it packed for speed: only where both fit.
        const session = await this.createWith(name, source, weights, spare >= source.bytes);
        this.inputs = portsOf(session.inputMetadata);
        this.outputs = portsOf(session.outputMetadata);
        this.session = session;
      } catch (error) {
        if (name === 'cpu') throw source.explain(reasonOf(error));
        this.refused.set(name, reasonOf(error));
        return false;
      } finally {
        weights?.release();
      }
      this.bytes = Math.max(source.bytes, process.memoryUsage.rss() - before);
      return true;
    });
    account.loadMs += performance.now() - start;
    const reason = [...this.refused].map(([refused, why]) => `${refused}: ${why}`).join('; ');
    if (took) this.provider = { asked: this.asked, ran: name, ...(reason && { reason }) };
    return took;
  }

  /** The first run on another provider than the CPU is profiled, since only the profile tells what fell back. */
  private async createWith(
    provider: string,
    { model, folder, threads }: ModelSource,
    weights: Weights | undefined,
    prepack: boolean,
  ): Promise<ort.InferenceSession> {
    const profiled = this.profiling || provider !== 'cpu';
    this.profileFolder = profiled ? await mkdtemp(join(tmpdir(), 'patchbay-profile-')) : undefined;
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: [provider],
      logSeverityLevel: 3,
      ...(this.profileFolder && { enableProfiling: true, profileFilePrefix: join(this.profileFolder, 'run') }),
      ...(weights && { externalData: weights.files }),
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      extra: {
        session: {
          ...THREADS,
          ...(!prepack && { disable_prepacking: '1' }),
          ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
        },
      },
    };
    return typeof model === 'string'
      ? ort.InferenceSession.create(model, options)
      : ort.InferenceSession.create(model, options);
  }

  private async endProfile(session: ort.InferenceSession, folder: string): Promise<void> {
    this.profileFolder = undefined;
    session.endProfiling();
    const [file] = await readdir(folder);
    if (file) {
      this.profile = await readProfile(join(folder, file));
      this.provider = { ...this.provider, fallback: fallbackShare(this.profile, this.provider.ran) };
    }
    await rm(folder, { recursive: true });
  }
}

function portsOf(metadata: readonly ort.InferenceSession.ValueMetadata[]): SessionPort[] {
  return metadata.map((port) => {
    if (!port.isTensor)
      throw new NodeError(
        `"${port.name}" is not a tensor.`,
        'Only models whose inputs and outputs are tensors can run.',
      );
    return { name: port.name, dtype: port.type as DType, dims: port.shape };
  });
}

function hintFor(error: unknown): string | undefined {
  return /alloc|memory/i.test(reasonOf(error))
    ? 'There was not enough memory: use a smaller model, fewer layers or a shorter context.'
    : undefined;
}
