import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The Vigil server that `npm run dev` talks to.
const server = process.env.VIGIL_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  // The server's WebApp keeps files and pages below /app; tests/house.test.ts compares the two.
  base: '/app/',
  plugins: [react()],
  build: {
    target: ['es2022', 'safari15.4'],
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: { main: 'index.html', sw: 'src/sw/sw.ts' },
      output: {
        // The service worker keeps one address for ever; everything else carries its hash.
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, ws: true },
      '/trust': { target: server },
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'tests/**/*.test.{ts,tsx}'],
    // A busy machine is slow, not wrong.
    testTimeout: 30_000,
    restoreMocks: true,
    css: false,
  },
});
