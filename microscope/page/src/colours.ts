// The project's colours (evenkeel/chart/palette.hpp): a norm has one everywhere.

/** For a style: by night those that are too dark for it are lighter. */
export const colourOf = (name: string): string =>
  `var(--${name in PALETTE ? name : 'theory'}-colour)`;

export const norms: Record<string, string> = {
  none: 'no norm',
  batch: 'BatchNorm',
  layer: 'LayerNorm',
  rms: 'RMSNorm',
  group: 'GroupNorm',
  instance: 'InstanceNorm',
};

type Rgb = [number, number, number];

const hues: Rgb[] = ['batch', 'group', 'layer', 'instance', '', 'rms', 'none', 'other'].map(
  (name) =>
    name === '' ? [0xf0, 0xe4, 0x42] : name === 'other' ? [0x99, 0x99, 0x99] : rgb(PALETTE[name]),
);

function rgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

/** As colour::tile: pale enough to carry dark text; beyond eight the same again, paler. A pixel of it
    is darker, by its light from 0 to 1. */
export function tileColour(index: number, count: number, light = 1): string {
  const round = Math.floor(index / hues.length);
  const rounds = Math.floor((count - 1) / hues.length) + 1;
  const share = 0.3 + (0.6 * round) / rounds;
  const mixed = hues[index % hues.length].map((channel) =>
    Math.round((channel + (255 - channel) * share) * (0.35 + 0.65 * light)),
  );
  return `rgb(${mixed.join(',')})`;
}

/** Blue below zero, red above, as the step view has it; a text in the page's colour stays legible. */
export function signed(value: number, scale: number): string {
  if (!Number.isFinite(value)) return 'var(--diverged)';
  const share = scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0;
  const [r, g, b] = rgb(PALETTE[value < 0 ? 'batch' : 'none']);
  return `rgba(${r},${g},${b},${(0.58 * share).toFixed(3)})`;
}

/** Relative luminance, as WCAG 2 defines it. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The same colour, as much nearer to white as it takes to be seen on the dark page: contrast 3.5. */
function byNight(hex: string): string {
  const mixed = (share: number): Rgb =>
    rgb(hex).map((channel) => Math.round(channel + (255 - channel) * share)) as Rgb;
  const darkPage: Rgb = [0x1c, 0x20, 0x24];
  let share = 0;
  while ((luminance(mixed(share)) + 0.05) / (luminance(darkPage) + 0.05) < 3.5) share += 0.02;
  return `rgb(${mixed(share).join(',')})`;
}

/** The style sheet that colourOf() speaks of. */
export function paletteStyle(): string {
  const all = (colour: (hex: string) => string): string =>
    Object.entries(PALETTE)
      .map(([name, hex]) => `--${name}-colour: ${colour(hex)};`)
      .join('');
  return `:root { ${all((hex) => hex)} } :root[data-theme='dark'] { ${all(byNight)} }`;
}
