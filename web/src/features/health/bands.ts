/** How each band of the page is drawn. What most rooms for a baby are kept at is its comfort. */
export const bands = {
  temperature: { label: 'Temperature', unit: ' °C', kind: 'line', colour: '#ffb454', comfort: [16, 20] },
  humidity: { label: 'Humidity', unit: ' %', kind: 'line', colour: '#7fb4d8', comfort: [40, 60] },
  cries: { label: 'Crying an hour', unit: ' ×', kind: 'bars', colour: '#e5735e', least: 0, most: 3 },
  sound: { label: 'Sound', unit: ' %', kind: 'area', colour: '#a99d8f', least: 0, most: 100 },
} as const;
