/** Imports run one way. See DESIGN in the README: graphs ← nodes ← backend ← hosts; renderer sees definitions and types. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'graphs-know-nobody',
      severity: 'error',
      from: { path: '^graphs/' },
      to: { path: '^(nodes|electron|renderer|test)/' },
    },
    {
      name: 'nodes-know-graphs-only',
      severity: 'error',
      from: { path: '^nodes/' },
      to: { path: '^(electron|renderer|test)/' },
    },
    {
      name: 'definitions-are-pure',
      comment: 'What the renderer reads must run in a browser: no Node built-ins, no run.ts.',
      severity: 'error',
      from: { path: '^nodes/([^/]+/definition|ports|values|definition|registry|catalog)\\.ts$' },
      to: { path: '(^nodes/[^/]+/run\\.ts$|^node:|onnxruntime-node|sharp)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'runs-do-not-know-the-runtime',
      severity: 'error',
      from: { path: '^nodes/' },
      to: { path: 'node_modules/(onnxruntime-node|sharp|electron)/' },
    },
    {
      name: 'backend-knows-no-electron',
      severity: 'error',
      from: { path: '^electron/backend/' },
      to: { path: '(node_modules/electron/|^electron/(main|preload|web|cli)|^renderer/)' },
    },
    {
      name: 'electron-in-two-files',
      severity: 'error',
      from: { pathNot: '^(electron/(main|preload)\\.ts$|test/)' },
      to: { path: 'node_modules/electron/' },
    },
    {
      name: 'renderer-knows-definitions-and-types',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^electron/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'renderer-runs-nothing',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^nodes/([^/]+/(run|model)\\.ts$|onnx/|generation/)', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: 'specify',
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
