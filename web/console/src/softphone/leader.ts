const LOCK = 'hotline.phone'

export interface Leadership {
  /** Give the phone up so that another tab may have it. */
  release(): void
}

/**
 * Wait for the phone of this browser: one tab has it at a time (Web Locks). `onLead` is called when it is ours.
 * Without Web Locks (an insecure page) every tab leads.
 */
export function seekLeadership(onLead: () => void): Leadership {
  const controller = new AbortController()
  let letGo: () => void = () => controller.abort()
  if (!navigator.locks) {
    onLead()
    return { release: () => undefined }
  }
  void navigator.locks
    .request(LOCK, { signal: controller.signal }, () => {
      const held = new Promise<void>((resolve) => (letGo = resolve))
      onLead()
      return held
    })
    .catch(() => undefined)
  return { release: () => letGo() }
}
