/** A soft double ring, made here: nothing to download, nothing to license. */
export class Ringtone {
  private context: AudioContext | null = null
  private timer: ReturnType<typeof setInterval> | undefined

  /** Browsers keep sound off until the person has touched the page: call this from a gesture. */
  unlock(): void {
    this.context ??= new AudioContext()
    if (this.context.state === 'suspended') void this.context.resume()
  }

  start(): void {
    if (this.timer !== undefined) return
    this.unlock()
    this.burst()
    this.timer = setInterval(() => this.burst(), 3_000)
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }

  /** One short tone: somebody wrote. */
  chime(): void {
    this.tone(0, 0.18)
  }

  private burst(): void {
    for (const delay of [0, 0.5]) this.tone(delay, 0.38)
  }

  private tone(delay: number, seconds: number): void {
    const context = this.context
    if (!context || context.state !== 'running') return
    const from = context.currentTime + delay
    const gain = context.createGain()
    gain.gain.setValueAtTime(0, from)
    gain.gain.linearRampToValueAtTime(0.12, from + 0.03)
    gain.gain.linearRampToValueAtTime(0, from + seconds)
    gain.connect(context.destination)
    for (const hertz of [440, 554]) this.oscillate(context, gain, hertz, from, seconds)
  }

  private oscillate(context: AudioContext, into: AudioNode, hertz: number, from: number, seconds: number): void {
    const oscillator = context.createOscillator()
    oscillator.frequency.value = hertz
    oscillator.connect(into)
    oscillator.start(from)
    oscillator.stop(from + seconds)
  }
}
