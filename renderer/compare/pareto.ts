/** What a graph costs, and what it is worth. */
export interface Point {
  readonly cost: number;
  readonly worth: number;
}

/** Those that no other is at least as good as in both and better than in one, by cost. */
export function paretoFront<P extends Point>(points: readonly P[]): P[] {
  const beats = (other: P, { cost, worth }: P) =>
    other.cost <= cost && other.worth >= worth && (other.cost < cost || other.worth > worth);
  return points.filter((point) => !points.some((other) => beats(other, point))).sort((a, b) => a.cost - b.cost);
}
