import { create } from 'zustand';

/** How the panel under the canvas stands: it is a matter of this screen, not of the document. */
export interface PanelState {
  readonly open: boolean;
  /** Pixels. */
  readonly height: number;
  readonly view: 'chart' | 'table';
}

const KEY = 'patchbay.timeline';
const [LOWEST, HIGHEST] = [110, 700];

export const useTimeline = create<PanelState>(() => ({ open: false, height: 220, view: 'chart', ...remembered() }));

useTimeline.subscribe((state) => localStorage.setItem(KEY, JSON.stringify(state)));

export const toggleTimeline = () => useTimeline.setState(({ open }) => ({ open: !open }));

export function setTimelineHeight(height: number): void {
  useTimeline.setState({ height: Math.round(Math.min(HIGHEST, Math.max(LOWEST, height))) });
}

/** What an earlier visit left; anything else that stands there is passed over. */
function remembered(): Partial<PanelState> {
  try {
    const { open, height, view } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return {
      ...(typeof open === 'boolean' && { open }),
      ...(typeof height === 'number' && { height }),
      ...((view === 'chart' || view === 'table') && { view }),
    };
  } catch {
    return {};
  }
}
