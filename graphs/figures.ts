/** Numbers as tables of the command line and exported ones show them. */

const SI = ['', ' k', ' M', ' G', ' T', ' P'];

/** `13.1 M`, `2.4 T`: three figures with an SI prefix; nothing for what was not measured. */
export function si(value: number | undefined, unit = ''): string {
  if (value === undefined) return '';
  const step = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), SI.length - 1);
  const scaled = value / 1000 ** step;
  const digits = step === 0 && Number.isInteger(value) ? String(value) : scaled.toPrecision(3);
  return `${Number(digits)}${SI[step]}${unit && step === 0 ? ' ' : ''}${unit}`;
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '';
  return value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}
