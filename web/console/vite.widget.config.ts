import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

/** The chat widget: one classic script beside the console's files, which any page may load. */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2022',
    emptyOutDir: false,
    lib: {
      entry: fileURLToPath(new URL('./widget/main.ts', import.meta.url)),
      formats: ['iife'],
      name: 'HotlineChatWidget',
      fileName: () => 'widget.js',
    },
  },
})
