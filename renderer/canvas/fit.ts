/** How a graph is fitted in view, wherever that is asked: below it the view controls and the map have their room. */
export const FIT = { padding: { top: '40px', left: '40px', right: '40px', bottom: '70px' }, maxZoom: 1 } as const;
