import type { Label, OutcomeChoice } from '@/generated/protocol'

export interface OutcomeLeaf {
  code: string
  name: string
  /** Names of the branches above, outermost first. */
  path: string[]
}

/** The outcomes that can be chosen, in the order of the tree, with where they hang. */
export function outcomeLeaves(choices: OutcomeChoice[], label: (of: Label) => string): OutcomeLeaf[] {
  const byCode = new Map(choices.map((choice) => [choice.code, choice]))
  return choices
    .filter((choice) => choice.selectable)
    .map((choice) => ({ code: choice.code, name: label(choice.name), path: pathOf(choice, byCode, label) }))
}

function pathOf(choice: OutcomeChoice, byCode: Map<string, OutcomeChoice>, label: (of: Label) => string): string[] {
  const path: string[] = []
  const seen = new Set<string>([choice.code])
  let parent = choice.parent
  while (parent && !seen.has(parent)) {
    seen.add(parent)
    const above = byCode.get(parent)
    if (above) path.unshift(label(above.name))
    parent = above?.parent ?? null
  }
  return path
}

/**
 * The outcomes that a few typed letters mean, best first: starts of the name, then starts of its words, then
 * first letters of its words, then anywhere in name, branch or code.
 */
export function matchOutcomes(leaves: OutcomeLeaf[], typed: string): OutcomeLeaf[] {
  const wanted = typed.trim().toLowerCase()
  if (!wanted) return leaves
  return leaves
    .map((leaf) => ({ leaf, rank: rankOf(leaf, wanted) }))
    .filter(({ rank }) => rank < 9)
    .sort((a, b) => a.rank - b.rank)
    .map(({ leaf }) => leaf)
}

function rankOf(leaf: OutcomeLeaf, wanted: string): number {
  const name = leaf.name.toLowerCase()
  const words = name.split(/[\s/,-]+/)
  if (name.startsWith(wanted)) return 0
  if (words.some((word) => word.startsWith(wanted))) return 1
  if (words.map((word) => word[0]).join('').startsWith(wanted)) return 2
  if (name.includes(wanted)) return 3
  return [...leaf.path, leaf.code].some((text) => text.toLowerCase().includes(wanted)) ? 4 : 9
}
