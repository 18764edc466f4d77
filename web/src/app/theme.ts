import { createTheme, type MantineColorsTuple } from '@mantine/core';

// For eyes that were just asleep: near-black, warm, low glare; amber leads, red is kept for what matters.
const amber: MantineColorsTuple = [
  '#fff4e1',
  '#ffe7c2',
  '#ffd699',
  '#ffc46b',
  '#ffb454',
  '#f5a33a',
  '#e0902a',
  '#b87320',
  '#8a5618',
  '#5e3b11',
];
const dark: MantineColorsTuple = [
  '#e9dfd2',
  '#cfc4b6',
  '#a99d8f',
  '#7a7066',
  '#4a423b',
  '#342e29',
  '#26211d',
  '#16130f',
  '#100e0c',
  '#0c0b0a',
];

export const theme = createTheme({
  primaryColor: 'amber',
  primaryShade: 4,
  autoContrast: true,
  colors: { amber, dark },
  white: '#fff8ef',
  black: '#120e09',
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'md' } },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    NumberInput: { defaultProps: { size: 'md' } },
    NativeSelect: { defaultProps: { size: 'md' } },
  },
});
