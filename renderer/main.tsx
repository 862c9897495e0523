import { createRoot } from 'react-dom/client';
import 'reactflow/dist/style.css';
import './theme/theme.css';
import './theme/workbench.css';
import './theme/pickers.css';
import './documents/documents.css';
import './gallery/gallery.css';
import './guide/guide.css';
import './training/training.css';
import './panes/panes.css';
import './compare/compare.css';
import './theme/canvas.css';
import './subgraphs/subgraphs.css';
import { App } from './app.tsx';
import { connect } from './backend/client.ts';

connect();
const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
