// A large matrix as a picture: one pixel for each entry, blue below zero, red above.
import { h, short } from './dom';
import { signed } from './colours';

export function heatMap(title: string): {
  element: HTMLElement;
  show(entries: number[], rows: number, cols: number): void;
} {
  const canvas = h('canvas', { class: 'heat', role: 'img', 'aria-label': title });
  const pointed = h('p', { class: 'pointed' }, 'Point at an entry.');
  let shown: number[] = [];
  canvas.addEventListener('pointermove', (event) => {
    const [row, col] = [
      event.offsetY / canvas.clientHeight,
      event.offsetX / canvas.clientWidth,
    ].map((share, k) =>
      Math.min(
        (k === 0 ? canvas.height : canvas.width) - 1,
        Math.max(0, Math.floor(share * (k === 0 ? canvas.height : canvas.width))),
      ),
    );
    pointed.textContent = `∂y of entry ${row + 1} by x of entry ${col + 1}: ${short(shown[row + col * canvas.height])}`;
  });
  return {
    element: h('figure', {}, h('figcaption', {}, title), canvas, pointed),
    show(entries, rows, cols) {
      shown = entries;
      canvas.width = cols;
      canvas.height = rows;
      const scale = Math.max(...entries.map((x) => (Number.isFinite(x) ? Math.abs(x) : 0)));
      const picture = canvas.getContext('2d')!;
      picture.clearRect(0, 0, cols, rows);
      entries.forEach((x, k) => {
        const colour = signed(x, scale);
        picture.fillStyle = colour.startsWith('var')
          ? '#999'
          : colour.replace(/,([\d.]+)\)$/, (_, a) => `,${Number(a) / 0.58})`);
        picture.fillRect(Math.floor(k / rows), k % rows, 1, 1);
      });
    },
  };
}
