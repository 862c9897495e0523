import { useEffect } from 'react';
import { dismissToast, type Toast, useUi } from '../store/ui.ts';
import { Icon } from './icons.tsx';

export function Toasts() {
  const toasts = useUi((state) => state.toasts);
  return (
    <div className="toasts" aria-live="polite">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

const SHOWN_MS = 4000;

/** Errors stay until they are closed; news goes by itself. */
function ToastCard({ toast }: { toast: Toast }) {
  const { id, tone, message, hint } = toast;
  useEffect(() => {
    if (tone === 'error') return;
    const timer = setTimeout(() => dismissToast(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, tone]);
  return (
    <div className={`toast ${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <div>
        {message}
        {hint && <p>{hint}</p>}
      </div>
      <button type="button" className="button icon" aria-label="Dismiss" onClick={() => dismissToast(id)}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}
