import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { startClock } from './composables/now'
import { i18n } from './i18n'
import { router } from './router'
import './theme/base.css'

startClock()
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
