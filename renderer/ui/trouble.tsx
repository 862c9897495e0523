import { Icon } from './icons.tsx';

interface TroubleProps {
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly tone?: 'bad' | 'warn';
}

/** What went wrong, or may go wrong, and what to do about it. */
export function Trouble({ message, hint, tone = 'bad' }: TroubleProps) {
  return (
    <div className={`trouble ${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon name="alert" size={14} />
      <div>
        {message}
        {hint && <p>{hint}</p>}
      </div>
    </div>
  );
}
