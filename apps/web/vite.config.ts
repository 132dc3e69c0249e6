import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

/** One site a mode: `viewer` for the audience, `console` for operators. Nothing is fetched from elsewhere at run time. */
export default defineConfig(({ mode }) => ({
  root: join(import.meta.dirname, 'src', mode),
  plugins: [react()],
  resolve: { conditions: ['gala:source', ...defaultClientConditions] },
  build: {
    outDir: join(import.meta.dirname, 'dist', mode),
    emptyOutDir: true,
    target: 'es2022',
    // The player is the larger half of the viewer and is loaded beside the page, not before it.
    chunkSizeWarningLimit: 900,
    ...(mode === 'console' && {
      // Libraries change less often than pages: apart, a new release leaves them in the browser's cache. Both are loaded at once.
      rolldownOptions: {
        output: { codeSplitting: { groups: [{ name: 'libraries', test: /[\\/]node_modules[\\/]/ }] } },
      },
    }),
  },
}))
