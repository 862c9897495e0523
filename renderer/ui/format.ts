/** Numbers as people read them: three significant figures, a unit, no more. */

export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${significant(ms)} ms`;
  if (ms < 60_000) return `${significant(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${whole(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

export const count = (value: number) => scaled(value, ['', ' k', ' M', ' B', ' T'], 1000);
export const flops = (value: number) =>
  scaled(value, [' FLOP', ' kFLOP', ' MFLOP', ' GFLOP', ' TFLOP', ' PFLOP'], 1000);
export const bytes = (value: number) => scaled(value, [' B', ' KB', ' MB', ' GB', ' TB'], 1024);
export const whole = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 0 });

function scaled(value: number, units: readonly string[], base: number): string {
  let scale = 0;
  let left = value;
  while (Math.abs(left) >= base && scale < units.length - 1) {
    left /= base;
    scale += 1;
  }
  return `${scale === 0 ? whole(left) : significant(left)}${units[scale]}`;
}

/** Three significant figures, without an exponent. */
export function significant(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.01) return value.toFixed(2);
  return value.toPrecision(2);
}
