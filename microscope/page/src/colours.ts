// The project's colours (evenkeel/chart/palette.hpp): a norm has one everywhere.

export const colourOf = (name: string): string => PALETTE[name] ?? PALETTE['theory'];

export const norms: Record<string, string> = {
  none: 'no norm',
  batch: 'BatchNorm',
  layer: 'LayerNorm',
  rms: 'RMSNorm',
  group: 'GroupNorm',
  instance: 'InstanceNorm',
};

type Rgb = [number, number, number];

const hues: Rgb[] = ['batch', 'group', 'layer', 'instance', '', 'rms', 'none', 'other'].map((name) =>
  name === '' ? [0xf0, 0xe4, 0x42] : name === 'other' ? [0x99, 0x99, 0x99] : rgb(colourOf(name)),
);

function rgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

/** As colour::tile: pale enough to carry dark text; beyond eight the same again, paler. */
export function tileColour(index: number, count: number): string {
  const round = Math.floor(index / hues.length);
  const rounds = Math.floor((count - 1) / hues.length) + 1;
  const share = 0.3 + (0.6 * round) / rounds;
  const mixed = hues[index % hues.length].map((channel) => Math.round(channel + (255 - channel) * share));
  return `rgb(${mixed.join(',')})`;
}

/** Blue below zero, red above, as the step view has it; a text in the page's colour stays legible. */
export function signed(value: number, scale: number): string {
  if (!Number.isFinite(value)) return 'var(--diverged)';
  const share = scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0;
  const [r, g, b] = rgb(value < 0 ? colourOf('batch') : colourOf('none'));
  return `rgba(${r},${g},${b},${(0.58 * share).toFixed(3)})`;
}
