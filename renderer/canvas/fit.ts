/** How a graph is fitted in view, wherever that is asked: below it the view controls and the map have their room. */
export const FIT = { padding: { top: '24px', left: '24px', right: '24px', bottom: '70px' }, maxZoom: 1 } as const;
