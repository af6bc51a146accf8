import { createRouter, createWebHistory } from 'vue-router'
import SignInPage from './pages/SignInPage.vue'
import { useSession } from './stores/session'

const RELOADED = 'hotline.reloaded'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/sign-in', name: 'sign-in', component: SignInPage, meta: { open: true } },
    { path: '/demo', name: 'demo', component: () => import('./pages/DemoPage.vue'), meta: { open: true } },
    { path: '/desk', name: 'desk', component: () => import('./pages/DeskPage.vue'), meta: { frame: true } },
    {
      path: '/supervisor',
      name: 'supervisor',
      component: () => import('./pages/SupervisorPage.vue'),
      meta: { frame: true },
    },
    { path: '/:rest(.*)*', redirect: '/desk' },
  ],
})

/** After an update of the server a page's part may have another name: load the page anew, once. */
router.onError((_, to) => {
  if (sessionStorage.getItem(RELOADED) === to.fullPath) return
  sessionStorage.setItem(RELOADED, to.fullPath)
  window.location.assign(to.fullPath)
})
router.afterEach(() => sessionStorage.removeItem(RELOADED))

/** Where a person belongs who asked for no page in particular. */
export function homeOf(session: ReturnType<typeof useSession>): string {
  return session.mayServe || !session.maySupervise ? 'desk' : 'supervisor'
}

router.beforeEach(async (to) => {
  if (to.meta['open']) return true
  const session = useSession()
  if (!session.session && !(await session.load().catch(() => false))) {
    return { name: 'sign-in', query: to.path === '/desk' ? {} : { next: to.fullPath } }
  }
  if (to.name === 'supervisor' && !session.maySupervise) return { name: 'desk' }
  if (to.name === 'desk' && homeOf(session) === 'supervisor') return { name: 'supervisor' }
  return true
})
