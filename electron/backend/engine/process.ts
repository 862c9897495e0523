import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Plan } from '../../../graphs/compile.ts';
import type { Facts } from '../../../nodes/definition.ts';
import { NodeError } from '../../../nodes/run.ts';
import type { ProviderEntry } from '../contract.ts';
import { Endpoints } from '../endpoints/endpoints.ts';
import type { RunEvent, RunOptions } from '../executor/events.ts';
import { errorOf } from '../executor/trouble.ts';
import {
  DEADLY_PROVIDERS,
  type FromEngine,
  type Question,
  type QuestionName,
  type Questions,
  type ToEngine,
} from './protocol.ts';
import { RunRecord } from './record.ts';
import { Tail } from './tail.ts';

export interface EngineSettings {
  /** How long a cancelled run may take to stop by itself, in milliseconds, before its process is ended. */
  readonly graceMs?: number;
  /** Added to the environment of the engine process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Servers that the user wrote down; those of this user's file and of the environment, if absent. */
  readonly endpoints?: Pick<Endpoints, 'open'>;
}

interface PendingQuestion {
  readonly message: Question;
  readonly resolve: (answer: Questions[QuestionName]['answer']) => void;
  readonly reject: (error: Error) => void;
  /** Engine processes that died under this question; a second death refuses it. */
  deaths: number;
}

const DEFAULT_GRACE_MS = 2_000;
/** Bytes of the engine's stderr that are kept. */
const STDERR_KEPT = 4_096;

/**
 * glibc returns large blocks to the system by default, so every decode step pays page faults for its growing KV cache
 * again. These keep them. Other C libraries ignore the variables.
 */
export const MALLOC_ENV = {
  MALLOC_MMAP_THRESHOLD_: '1073741824',
  MALLOC_TRIM_THRESHOLD_: '2147483648',
  // Huge pages: loading weights took a third less time.
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** The engine process died twice under a question: what was asked about may have nothing to do with it. */
export class EngineLost extends NodeError {}

/**
 * The engine as the service and the CLI see it: a child process that holds the executor and every ONNX Runtime
 * session. It starts with the first request and again after it died; several requests may be in flight.
 */
export class EngineProcess {
  private child: ChildProcess | undefined;
  private closed = false;
  private nextQuestion = 1;
  /** The provider whose driver is started just now, and those under which an engine died so. */
  private trying: string | undefined;
  private readonly deadly = new Set<string>();
  private readonly runs = new Map<string, RunRecord>();
  private readonly questions = new Map<number, PendingQuestion>();

  /** `entry`: path of the built engine/main.ts. */
  constructor(
    private readonly entry: string,
    private readonly settings: EngineSettings = {},
  ) {}

  /** Events of one run; the last is always `run-done`. Leaving the loop early cancels the run. */
  async *run(plan: Plan, options: RunOptions = {}, folder?: string): AsyncGenerator<RunEvent, void, void> {
    const run = randomUUID();
    const record = new RunRecord(run, plan);
    this.runs.set(run, record);
    try {
      this.send({ type: 'run', run, plan, options, folder });
      for await (const event of record.events()) yield event;
    } finally {
      if (!record.done) this.cancel(run);
      else this.runs.delete(run);
    }
  }

  /** Facts that a node's ports and shapes need. Rejects with a `NodeError` that says what is wrong with the file. */
  probe(kind: string, params: Readonly<Record<string, unknown>>, folder?: string): Promise<Facts> {
    return this.question('probe', { kind, params, folder });
  }

  /** Execution providers in order of preference; each was tried. */
  providers(): Promise<readonly ProviderEntry[]> {
    return this.question('providers', {});
  }

  /**
   * Asks the run to stop (between nodes, session runs and decode chunks). When it has not after the grace period, the
   * process is ended: the run ends as `cancelled`, others in the same process as `failed`.
   */
  cancel(run: string): void {
    const record = this.runs.get(run);
    if (!record || record.done || record.cancelling) return;
    record.cancelling = true;
    const child = this.child;
    if (!child) return;
    this.send({ type: 'cancel', run });
    const graceMs = this.settings.graceMs ?? DEFAULT_GRACE_MS;
    const timer = setTimeout(() => {
      if (record.done) return;
      // Then it is not the driver that ends the engine.
      if (this.child === child) this.trying = undefined;
      child.kill('SIGKILL');
    }, graceMs);
    record.onDone(() => {
      clearTimeout(timer);
      this.runs.delete(run);
    });
  }

  /** Ends the process; what is in flight ends as failed. */
  async close(): Promise<void> {
    this.closed = true;
    const child = this.child;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  private async question<Name extends QuestionName>(
    name: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']> {
    const id = this.nextQuestion++;
    const message = { type: 'question', id, name, ask } as Question;
    return new Promise((resolve, reject) => {
      this.questions.set(id, { message, resolve, reject, deaths: 0 });
      this.send(message);
    });
  }

  private send(message: ToEngine): void {
    this.child ??= this.start();
    // A failed write means that the process is gone; its exit is handled where it is seen.
    this.child.send(message, () => {});
  }

  private start(): ChildProcess {
    if (this.closed) throw new Error('The engine has been closed.');
    const child = fork(this.entry, [], {
      serialization: 'advanced',
      env: {
        ...process.env,
        ...MALLOC_ENV,
        ...this.settings.env,
        ...(this.deadly.size > 0 && { [DEADLY_PROVIDERS]: [...this.deadly].join() }),
      },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    // Native code that ends the process says why on stderr only.
    const said = new Tail(STDERR_KEPT);
    child.stderr?.on('data', (chunk: Buffer) => said.add(chunk));
    child.on('message', (message: FromEngine) => this.receive(message));
    child.once('error', (error) => this.lost(child, 'could not be started', error.message));
    // `close` comes after the last of stderr, `exit` may come before.
    child.once('close', (code, signal) =>
      this.lost(child, signal ? `was ended by ${signal}` : `exited with code ${code}`, said.lastError()),
    );
    return child;
  }

  private receive(message: FromEngine): void {
    if (message.type === 'events') {
      for (const event of message.events) this.runs.get(event.run)?.add(event);
      return;
    }
    if (message.type === 'endpoint') return void this.lendEndpoint(message.id, message.name);
    if (message.type === 'trying') {
      this.trying = message.provider;
      return;
    }
    const pending = this.questions.get(message.id);
    if (!pending) return;
    this.questions.delete(message.id);
    if (message.type === 'answer') pending.resolve(message.answer);
    else pending.reject(new NodeError(message.error.message, message.error.hint));
  }

  private async lendEndpoint(id: number, name: string): Promise<void> {
    const child = this.child;
    const { endpoints = new Endpoints() } = this.settings;
    const answer = await endpoints.open(name).then(
      (endpoint): ToEngine => ({ type: 'endpoint', id, endpoint }),
      (error: unknown): ToEngine => ({ type: 'no-endpoint', id, error: errorOf(error) }),
    );
    // A process that has ended asks no more; another did not ask.
    if (child && child === this.child) this.send(answer);
  }

  private lost(child: ChildProcess, how: string, said: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.trying !== undefined && !this.closed) this.deadly.add(this.trying);
    this.trying = undefined;
    for (const [run, record] of this.runs) {
      record.engineLost(how, said, this.settings.graceMs ?? DEFAULT_GRACE_MS);
      this.runs.delete(run);
    }
    for (const [id, pending] of this.questions) {
      pending.deaths++;
      if (pending.deaths < 2 && !this.closed) this.send(pending.message);
      else {
        this.questions.delete(id);
        pending.reject(
          new EngineLost(
            `The engine process ${how}.`,
            said ? `Its last error was: ${said}` : 'Try again; the file asked about may be more than memory can hold.',
          ),
        );
      }
    }
  }
}
