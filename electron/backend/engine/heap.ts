import { setFlagsFromString } from 'node:v8';

/**
 * V8 counts what ONNX Runtime returns as its own: at its usual pace, a run's tensors set off a mark of the whole heap
 * (vocabularies, mostly) once or twice, about 20 ms each. Five times the live heap makes it one in several runs, for
 * at most some hundred MB of tensors that nobody holds. Called by the process itself, since Electron's own `fork` takes
 * no flags of V8.
 */
export function markHeapSeldom(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
