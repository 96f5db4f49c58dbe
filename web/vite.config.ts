import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // The server compares Origin with Host, so the proxy keeps the browser's.
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:3000', changeOrigin: false } } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              // Needed by every page: one file compresses better than thirty and changes less often than the app.
              name: 'vendor',
              test: /node_modules[\\/](react|react-dom|scheduler|react-i18next|i18next|@tanstack|use-sync-external-store|openapi-fetch)[\\/]/,
            },
          ],
        },
      },
    },
  },
  test: {
    name: 'web',
    environment: 'happy-dom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    // tokens.test.ts reads the stylesheet.
    css: true,
    testTimeout: 20_000,
  },
});
