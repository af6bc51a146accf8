import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const server = process.env.HOTLINE_URL ?? 'http://127.0.0.1:8700'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false', __VUE_I18N_LEGACY_API__: 'false' },
  build: { target: 'es2022', chunkSizeWarningLimit: 400, reportCompressedSize: true },
  server: { host: '127.0.0.1', proxy: { '/api': { target: server, ws: true } } },
})
