/** What counts as now. */
const WINDOW_MS = 5_000;
/** Pieces of a body come in thousands a second. */
const STEP_MS = 200;

/** Amounts per second over the last seconds. */
export class Rate {
  private readonly steps: { readonly at: number; amount: number }[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {}

  add(amount: number): void {
    const at = this.now();
    const last = this.steps.at(-1);
    if (last && at - last.at < STEP_MS) last.amount += amount;
    else this.steps.push({ at, amount });
    while (this.steps.length > 1 && at - (this.steps[0]?.at ?? at) > WINDOW_MS) this.steps.shift();
  }

  /** Nothing until there is enough to tell. */
  perSecond(): number | undefined {
    const [first] = this.steps;
    if (!first || this.steps.length < 3) return undefined;
    const total = this.steps.reduce((sum, { amount }) => sum + amount, -first.amount);
    return total > 0 ? (1000 * total) / (this.now() - first.at) : undefined;
  }
}
