// How the console is built: one page, its assets under hashed names, nothing inline that a strict policy forbids.
import { defineConfig } from 'vite';

const service = process.env['RENTAL_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  server: {
    port: 5173,
    // The service takes requests of its own pages only: what the development server passes on has to look like one.
    proxy: Object.fromEntries(
      ['/v1', '/readyz', '/metrics', '/docs', '/openapi.json', '/problems'].map((path) => [
        path,
        {
          target: service,
          changeOrigin: true,
          headers: { origin: service },
        },
      ]),
    ),
  },
});
