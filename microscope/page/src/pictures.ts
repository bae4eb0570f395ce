// x as pictures: a sample is some channels of height × width pixels, drawn channels down and samples
// across. In the matrix a pixel is row (channel · height + y) · width + x, as in ImageShape.
import type { CellsOptions } from './cells';
import { most, whole } from './matrix';

const side = 6; // at most
export const mostPixels = side * side * most * most;
export const pictureFields = { channels: whole(4), height: whole(5, side), width: whole(5, side) };

export interface PictureState {
  channels: number;
  height: number;
  width: number;
  cols: number; // samples
}

interface Pixel {
  sample: number;
  channel: number;
  y: number;
  x: number;
}

function pixelOf(entry: number, { channels, height, width }: PictureState): Pixel {
  const row = Math.floor(entry / width);
  const channel = Math.floor(row / height);
  return {
    sample: Math.floor(channel / channels),
    channel: channel % channels,
    y: row % height,
    x: entry % width,
  };
}

/** Samples by twos one drawing, a ring and a cross; the second of two in another, coloured light. */
export function drawings(state: PictureState): number[] {
  const { channels, height, width, cols } = state;
  return Array.from({ length: channels * height * width * cols }, (_, entry) => {
    const { sample, channel, y, x } = pixelOf(entry, state);
    const [down, right] = [Math.abs(y - (height - 1) / 2), Math.abs(x - (width - 1) / 2)];
    const ring = Math.hypot(down, right) - 0.4 * Math.min(height, width);
    const ink = Math.abs(sample % 4 < 2 ? ring : down - right) <= 0.5 ? 2 : 0;
    const [contrast, brightness] =
      sample % 2 === 0 ? [3, 2] : [1 + (channel % 3), 1 + ((3 * channel) % 4)];
    return contrast * ink + brightness;
  });
}

/** How cells show them. */
export const pictureCells = (state: PictureState): Omit<CellsOptions, 'label'> => ({
  rows: state.channels * state.height,
  cols: state.cols * state.width,
  gap: state.height,
  gapAcross: state.width,
  as: 'pixels',
  place: (entry) => {
    const { sample, channel, y, x } = pixelOf(entry, state);
    return [channel * state.height + y, sample * state.width + x];
  },
  named: (entry) => {
    const { sample, channel, y, x } = pixelOf(entry, state);
    return `sample ${sample + 1}, channel ${channel + 1}, row ${y + 1}, column ${x + 1}`;
  },
});
