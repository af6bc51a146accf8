// Says what a browser loads first, gzipped: the page, its scripts and styles with what they import at once.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url)
const size = (name) => gzipSync(readFileSync(new URL(name, dist))).length
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`
const assets = readdirSync(new URL('assets/', dist))
const imports = (name) => [...readFileSync(new URL(`assets/${name}`, dist), 'utf8').matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].map(([, found]) => found)

function closure(names) {
  const seen = new Set(names)
  for (const name of seen) if (name.endsWith('.js')) imports(name).forEach((one) => seen.add(one))
  return [...seen]
}

const entries = [...readFileSync(new URL('index.html', dist), 'utf8').matchAll(/assets\/([\w.-]+)/g)].map(([, name]) => name)
const first = closure(entries)
const sum = (names) => names.reduce((total, name) => total + size(`assets/${name}`), 0)
console.log(`sign-in (first load): ${kb(sum(first) + size('index.html'))}`)
for (const page of ['DeskPage', 'SupervisorPage', 'DemoPage', 'sip', 'Dialog']) {
  const own = closure(assets.filter((name) => name.startsWith(`${page}-`))).filter((name) => !first.includes(name))
  console.log(`+ ${page}: ${kb(sum(own))}`)
}
