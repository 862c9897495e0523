import type * as Plot from '@observablehq/plot';
import { useEffect, useRef } from 'react';
import { drawn } from './plot.ts';

interface FigureProps {
  readonly title: string;
  readonly note: string;
  readonly options: Plot.PlotOptions;
}

/** A plot under its title, which exports take with it. */
export function Figure({ title, note, options }: FigureProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.replaceChildren(drawn(title, options)));
  return (
    <figure data-title={title}>
      <figcaption>
        {title} <span className="dim">{note}</span>
      </figcaption>
      <div ref={box} />
    </figure>
  );
}
