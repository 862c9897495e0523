/**
 * Dimensions of a tensor: whole numbers, or polynomials over named symbols (`batch`, `past + tokens`, `4*merged`)
 * where a shape varies. Kept canonical, so that two equal dimensions print the same.
 */

/** A polynomial with integer coefficients: monomial (symbols sorted, joined by `*`; '' for the constant) → coefficient. */
export class SymbolicDim {
  constructor(readonly terms: ReadonlyMap<string, number>) {}

  toString(): string {
    const sorted = [...this.terms].sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a.localeCompare(b)));
    return sorted
      .map(([monomial, factor]) => (monomial === '' ? `${factor}` : factor === 1 ? monomial : `${factor}*${monomial}`))
      .join(' + ');
  }
}

export type Dim = number | SymbolicDim;

/** A dimension that varies, by name. */
export function symbol(name: string): Dim {
  return new SymbolicDim(new Map([[name, 1]]));
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(termsOf(a));
  for (const [monomial, factor] of termsOf(b)) sum.set(monomial, (sum.get(monomial) ?? 0) + factor);
  return fromTerms(sum);
}

export function mulDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number') return scaled(b, a);
  if (typeof b === 'number') return scaled(a, b);
  const product = new Map<string, number>();
  for (const [left, p] of a.terms) {
    for (const [right, q] of b.terms) {
      const monomial = [...left.split('*'), ...right.split('*')].filter(Boolean).sort().join('*');
      product.set(monomial, (product.get(monomial) ?? 0) + p * q);
    }
  }
  return fromTerms(product);
}

function scaled(dim: Dim, by: number): Dim {
  // A product of 0 may be −0, which is not the same to everyone.
  if (typeof dim === 'number') return dim * by + 0;
  return by === 0 ? 0 : new SymbolicDim(new Map([...dim.terms].map(([monomial, factor]) => [monomial, factor * by])));
}

/** Exact quotient; throws where `b` does not divide `a`. Monomials divide by number, or the whole by an equal one. */
export function divDims(a: Dim, b: Dim): Dim {
  if (b === 0) throw new Error(`cannot divide ${dimName(a)} by 0`);
  if (a === 0) return 0;
  if (dimsEqual(a, b)) return 1;
  const quotient = new Map<string, number>();
  const divisor = [...termsOf(b)];
  const [first] = divisor;
  if (divisor.length !== 1 || !first) throw new Error(`cannot divide ${dimName(a)} by ${dimName(b)}`);
  const [symbols, factor] = first;
  for (const [monomial, coefficient] of termsOf(a)) {
    const rest = monomial.split('*').filter(Boolean);
    for (const name of symbols.split('*').filter(Boolean)) {
      const at = rest.indexOf(name);
      if (at < 0) throw new Error(`cannot divide ${dimName(a)} by ${dimName(b)}`);
      rest.splice(at, 1);
    }
    if (coefficient % factor !== 0) throw new Error(`cannot divide ${dimName(a)} by ${dimName(b)}`);
    quotient.set(rest.join('*'), coefficient / factor);
  }
  return fromTerms(quotient);
}

export function dimsEqual(a: Dim, b: Dim): boolean {
  return typeof a === 'number' || typeof b === 'number' ? a === b : a.toString() === b.toString();
}

export function dimName(dim: Dim): string {
  return dim.toString();
}

export function product(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>(mulDims, 1);
}

/** The number a dimension stands for when its symbols do; throws naming a symbol that has none. */
export function evaluate(dim: Dim, bindings: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  let total = 0;
  for (const [monomial, factor] of dim.terms) {
    let value = factor;
    for (const name of monomial.split('*').filter(Boolean)) {
      const bound = bindings[name];
      if (bound === undefined) throw new Error(`no size given for the dimension "${name}"`);
      value *= bound;
    }
    total += value;
  }
  return total;
}

function termsOf(dim: Dim): ReadonlyMap<string, number> {
  return typeof dim === 'number' ? new Map([['', dim]]) : dim.terms;
}

function fromTerms(terms: ReadonlyMap<string, number>): Dim {
  const kept = new Map([...terms].filter(([, factor]) => factor !== 0));
  if (kept.size === 0) return 0;
  const constant = kept.get('');
  return kept.size === 1 && constant !== undefined ? constant : new SymbolicDim(kept);
}
