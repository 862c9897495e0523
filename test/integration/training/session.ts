import { type TrainingSession, trainingSession } from '../../../electron/backend/training/session.ts';
import type { Graph } from '../../../nodes/onnx/graph.ts';
import type { WeightSource } from '../../../nodes/onnx/weights.ts';

export type StepOfTest = TrainingSession;

/** The session that trains, for a graph whose frozen weights, if it has any, come from `weights`. */
export function openStep(graph: Graph, weights: WeightSource = { digest: 'none', fill() {} }): Promise<StepOfTest> {
  return trainingSession(graph, weights);
}
