import type { RunEvent } from '../executor/events.ts';
import { Executor } from '../executor/executor.ts';
import type { LoadKind } from '../executor/kinds.ts';
import { errorOf } from '../executor/trouble.ts';
import { RuntimeLender } from '../runtime/lender.ts';
import { machineMemory } from '../runtime/machine.ts';
import { openOn } from '../runtime/opener.ts';
import { Providers } from '../runtime/providers.ts';
import { SessionPool } from '../runtime/sessions.ts';
import { BorrowedEndpoints } from './borrowed-endpoints.ts';
import { DEADLY_PROVIDERS, type FromEngine, type Question, type RunRequest, type ToEngine } from './protocol.ts';

/** Of the machine's memory: for sessions, and for outputs kept between runs. */
const SESSION_SHARE = 0.6;
const OUTPUT_SHARE = 0.1;

/** Answers the parent process until it goes away. `open`: how sessions are made on a provider that is tried. */
export function serveEngine(loadKind: LoadKind, open = openOn): void {
  const endpoints = new BorrowedEndpoints(send);
  const deadly = new Set(process.env[DEADLY_PROVIDERS]?.split(','));
  const providers = new Providers(open, deadly, (provider) => send({ type: 'trying', provider }));
  const lender = new RuntimeLender(new SessionPool(machineMemory() * SESSION_SHARE, providers), endpoints);
  const executor = new Executor(lender, loadKind, machineMemory() * OUTPUT_SHARE);
  const running = new Map<string, AbortController>();
  const outbox = new Outbox();

  async function run(request: RunRequest): Promise<void> {
    const controller = new AbortController();
    running.set(request.run, controller);
    await executor.run(request, controller.signal, (event) => outbox.add(event));
    running.delete(request.run);
  }

  async function answer(question: Question): Promise<void> {
    try {
      const { id } = question;
      if (question.name === 'providers') return send({ type: 'answer', id, answer: await providers.list() });
      const { kind, params, folder } = question.ask;
      send({ type: 'answer', id, answer: await lender.probe(await loadKind(kind), params, folder) });
    } catch (error) {
      send({ type: 'refusal', id: question.id, error: errorOf(error) });
    }
  }

  process.on('message', (message: ToEngine) => {
    if (message.type === 'run') void run(message);
    else if (message.type === 'cancel') running.get(message.run)?.abort();
    else if (message.type === 'endpoint' || message.type === 'no-endpoint') endpoints.take(message);
    else void answer(message);
  });
  process.once('disconnect', () => process.exit());
  // A terminal's Ctrl-C reaches the whole process group; the parent decides what it means.
  process.on('SIGINT', () => {});
}

/**
 * Gathers the ends of nodes, because two hundred reused ones should be one message; what tells that something begins
 * goes at once, before it may block or end this process.
 */
class Outbox {
  private events: RunEvent[] = [];

  add(event: RunEvent): void {
    this.events.push(event);
    if (event.type !== 'node-done') this.flush();
    else if (this.events.length === 1) setImmediate(() => this.flush());
  }

  private flush(): void {
    if (this.events.length === 0) return;
    send({ type: 'events', events: this.events });
    this.events = [];
  }
}

function send(message: FromEngine): void {
  process.send?.(message);
}
