import * as Plot from '@observablehq/plot';

/** A plot as one picture with a name. The page's policy allows no styles but its own files: those of plots stand in training.css. */
export function drawn(title: string, options: Plot.PlotOptions): Element {
  const plot = Plot.plot({ ...options, ariaLabel: title, className: 'curve' });
  plot.querySelector('style')?.remove();
  plot.setAttribute('role', 'img');
  // Names of what it is drawn with tell nobody anything, and may not stand on groups without a role.
  for (const mark of plot.querySelectorAll('g[aria-label]')) mark.removeAttribute('aria-label');
  return plot;
}
