import { onBeforeUnmount, onMounted, watch, type Ref } from 'vue'

/** The company's chat widget on this page, in the language of the page. */
export function useChatWidget(language: Ref<string>): void {
  let tag: HTMLScriptElement | null = null

  function load(): void {
    tag = document.createElement('script')
    Object.assign(tag, { src: '/widget.js', async: true })
    Object.assign(tag.dataset, { key: 'demo', language: language.value })
    document.head.append(tag)
  }

  function unload(): void {
    tag?.remove()
    window.hotlineChat?.remove()
  }

  onMounted(load)
  onBeforeUnmount(unload)
  watch(language, () => {
    unload()
    load()
  })
}
