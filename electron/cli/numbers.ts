import { InvalidArgumentError } from 'commander';

/** Reads an option that is a whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number ${range}.`);
    return value;
  };
}

/** Bytes as people read them, in units of 1000 as disks are sold and the Hub shows them. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const scale = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** scale;
  return `${scale === 0 || value >= 100 ? Math.round(value) : value.toPrecision(3)} ${units[scale]}`;
}
