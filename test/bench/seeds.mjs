import { register } from 'tsx/esm/api';

register();
await import('./seeds/study.ts');
