// What scrolls within a screen, such as a wide table: reached by keyboard too, and named.
import type { ComponentChildren } from 'preact'

interface Props {
  label: string
  look?: string
  children: ComponentChildren
}

export function Scroll({ label, look = '', children }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class={`scroll ${look}`} role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  )
}
