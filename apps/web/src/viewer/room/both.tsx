import type { Words } from './words.js'

/** Chinese, and English after it in a calmer colour. */
export function Both({ zh, en }: Words) {
  return (
    <>
      <span lang="zh">{zh}</span> <span className="en">{en}</span>
    </>
  )
}
