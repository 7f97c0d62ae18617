import { type CSSVariablesResolver, type MantineColorsTuple, createTheme } from '@mantine/core';

const indigo: MantineColorsTuple = [
  '#eef1fd',
  '#dce2fa',
  '#b6c2f4',
  '#8fa1ee',
  '#6c83e6',
  '#5069dd',
  '#3450cf',
  '#2b44b5',
  '#23389a',
  '#1a2b7c',
];

const dark: MantineColorsTuple = [
  '#dfe2e9',
  '#bcc2ce',
  '#9ba3b3',
  '#666e80',
  '#363b48',
  '#2a2e39',
  '#1e2129',
  '#15171d',
  '#111318',
  '#0c0d11',
];

/** The look of all faces: the system's fonts, one accent colour, thin lines, little shadow. */
export const theme = createTheme({
  colors: { indigo, dark },
  primaryColor: 'indigo',
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.4' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  components: {
    Button: { defaultProps: { size: 'xs', fw: 500 } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', comboboxProps: { shadow: 'md' } } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } },
    Drawer: {
      defaultProps: {
        position: 'right',
        size: 'lg',
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
    Tooltip: {
      defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: true } },
    },
  },
});

/** Colours whose text has the contrast of WCAG AA, on the page and on a card. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#1b1f2a',
    '--mantine-color-dimmed': '#5a6172',
    '--mantine-color-placeholder': '#687083',
    '--mantine-color-error': '#c01f2e',
    '--mantine-color-anchor': '#2b44b5',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-default-border': '#dde0e8',
    '--face-surface': '#f7f8fa',
    '--face-good': '#1a7f4b',
    '--face-bad': '#c5283a',
    '--face-warn': '#9a6200',
    '--face-busy': '#2b59c3',
    '--face-off': '#6b7283',
  },
  dark: {
    '--mantine-color-text': '#dfe2e9',
    '--mantine-color-dimmed': '#9ba3b3',
    '--mantine-color-placeholder': '#8b93a5',
    '--mantine-color-error': '#ff8a8f',
    '--mantine-color-anchor': '#9db0ff',
    '--mantine-color-default-border': '#2d323d',
    '--face-surface': '#1a1d24',
    '--face-good': '#4ecb8b',
    '--face-bad': '#ff7b80',
    '--face-warn': '#e8b04d',
    '--face-busy': '#86a6ff',
    '--face-off': '#98a0b0',
  },
});
