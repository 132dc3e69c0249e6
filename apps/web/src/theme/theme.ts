import { createTheme, DrawerHeader, ModalHeader } from '@mantine/core'

/** System fonts only: nothing is fetched on the night. */
const fonts = 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'

export const theme = createTheme({
  fontFamily: fonts,
  headings: { fontFamily: fonts },
  primaryColor: 'blue',
  // With this shade and threshold every filled badge and button has a contrast of 4.5 : 1 or more (WCAG 2 AA).
  primaryShade: 8,
  luminanceThreshold: 0.2,
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  // Whoever asked their system for less motion sees dialogs at once, not fading in.
  respectReducedMotion: true,
  components: {
    // Their <header> would be a second banner of the page to a screen reader.
    DrawerHeader: DrawerHeader.extend({ defaultProps: { role: 'none' } }),
    ModalHeader: ModalHeader.extend({ defaultProps: { role: 'none' } }),
  },
})
