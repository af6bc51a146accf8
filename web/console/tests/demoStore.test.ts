import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useDemo } from '@/stores/demo'
import type { SipListener } from '@/softphone/sip'

const phone = vi.hoisted(() => ({ listener: null as SipListener | null, answer: vi.fn() }))

vi.mock('@/softphone/sip', () => ({
  SipPhone: class {
    answer = phone.answer
    constructor(_account: unknown, _audio: unknown, listener: SipListener) {
      phone.listener = listener
    }
    start(): void {}
    stop(): void {}
    call(): void {}
  },
}))
vi.mock('@/softphone/microphone', () => ({ microphonePermission: async () => 'granted' }))
vi.mock('@/api/routes', () => ({
  routes: {
    demoPhone: async () => ({ ws_url: 'ws://127.0.0.1/ws', uri: 'sip:demo@hotline.local', customers: [], numbers: [] }),
    demoCrm: async () => [],
  },
}))

async function started(): Promise<{ demo: ReturnType<typeof useDemo>; heard: SipListener }> {
  const demo = useDemo()
  await demo.start()
  if (!phone.listener) throw new Error('no phone was made')
  return { demo, heard: phone.listener }
}

describe('the phone of the demo page', () => {
  beforeEach(() => {
    vi.stubGlobal('Audio', class {})
    setActivePinia(createPinia())
    phone.answer.mockClear()
  })

  it('can be answered when the company calls back, though its own ringing is progress', async () => {
    const { demo, heard } = await started()
    heard.onInvite('Harbour Logistics', null)
    heard.onProgress?.()
    expect(demo.call).toBe('called')
    demo.answer()
    expect(phone.answer).toHaveBeenCalledOnce()
    demo.stop()
  })

  it('says that it rings at the company', async () => {
    const { demo, heard } = await started()
    demo.place('+442079460100', 'withheld')
    heard.onProgress?.()
    expect(demo.call).toBe('ringing')
    demo.stop()
  })
})
