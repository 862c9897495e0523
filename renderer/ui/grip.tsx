import type { KeyboardEvent, PointerEvent } from 'react';

interface GripProps {
  readonly label: string;
  /** Pixels. */
  readonly height: number;
  readonly set: (height: number) => void;
}

/** The upper edge of a panel under the canvas: moved by hand or by the arrow keys. */
export function Grip({ label, height, set }: GripProps) {
  const drag = (event: PointerEvent<HTMLHRElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const panel = event.currentTarget.parentElement?.getBoundingClientRect();
    if (panel) set(panel.bottom - event.clientY);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: 20, ArrowDown: -20 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(height + by);
  };
  return (
    <hr
      className="timeline-grip"
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuenow={height}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={onKeyDown}
    />
  );
}
