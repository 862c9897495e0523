import { EXIT } from './failure.ts';

/**
 * While `work` goes on, the first Ctrl-C cancels softly, so that what is done is still printed or kept; the second ends
 * everything.
 */
export async function interruptible<T>(
  cancel: () => void,
  work: () => Promise<T>,
  end: () => void = () => process.exit(EXIT.cancelled),
): Promise<T> {
  let asked = false;
  const listener = () => {
    if (asked) end();
    else cancel();
    asked = true;
  };
  process.on('SIGINT', listener);
  try {
    return await work();
  } finally {
    process.off('SIGINT', listener);
  }
}
