import { NodeError } from '../../../nodes/run.ts';
import type { OpenEndpoint } from '../endpoints/endpoints.ts';
import type { FromEngine, ToEngine } from './protocol.ts';

type Answer = Extract<ToEngine, { type: 'endpoint' | 'no-endpoint' }>;

/** Endpoints as the engine has them: asked of the process around it each time, so that a changed key is heard of. */
export class BorrowedEndpoints {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private next = 1;

  constructor(private readonly send: (message: FromEngine) => void) {}

  open(name: string): Promise<OpenEndpoint> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (answer) => {
        if (answer.type === 'endpoint') resolve(answer.endpoint);
        else reject(new NodeError(answer.error.message, answer.error.hint));
      });
      this.send({ type: 'endpoint', id, name });
    });
  }

  take(answer: Answer): void {
    this.waiting.get(answer.id)?.(answer);
    this.waiting.delete(answer.id);
  }
}
