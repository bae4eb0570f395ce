// What the site's pages do with JavaScript: the search. Its index, search-index.js, is loaded as a script when the box
// is first used, since a page that was opened from a file may load nothing else.
'use strict';

/** Sections in which every word of the query occurs, the best first. A word may be the beginning of one. */
function findPages(query, entries) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const phrase = words.join(' ');
  if (words.length === 0) return [];
  const starts = (word, text) => {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1])) return at;
    }
    return -1;
  };
  const found = [];
  for (const [href, page, section, text] of entries) {
    const places = [section.toLowerCase(), page.toLowerCase(), text.toLowerCase()];
    let score = 0;
    for (const word of words) {
      const in_places = places.map((place) => starts(word, place) >= 0);
      if (!in_places.some(Boolean)) score = -Infinity;
      score += 8 * in_places[0] + 4 * in_places[1] + 1 * in_places[2] + 8 * (places[0] === word);
    }
    for (const [i, place] of places.entries()) score += [6, 3, 2][i] * (starts(phrase, place) >= 0);
    const of_phrase = starts(phrase, places[2]);
    const at = of_phrase >= 0 ? of_phrase : starts(words[0], places[2]);
    if (score > 0) found.push({ href, page, section, score, text: around(text, at) });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, 30);
}

function around(text, at) {
  const from = at < 60 ? 0 : text.indexOf(' ', at - 60) + 1;
  return (from > 0 ? '… ' : '') + text.slice(from, from + 160) + (text.length > from + 160 ? ' …' : '');
}

if (typeof document !== 'undefined') {
  const root = new URL('.', document.currentScript.src);
  const place = document.getElementById('search');
  place.innerHTML =
    '<input type="search" placeholder="Search" aria-label="Search all pages" autocomplete="off"><ol hidden></ol>';
  const [box, list] = place.children;
  let index = null;

  const load = () => {
    index ??= new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = new URL('search-index.js', root);
      script.onload = () => resolve(globalThis.evenkeelPages);
      script.onerror = reject;
      document.head.append(script);
    });
    return index;
  };
  const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });
  const show = async () => {
    const query = box.value;
    const found = findPages(query, await load());
    if (query !== box.value) return; // typed on meanwhile
    list.hidden = query.trim() === '';
    list.replaceChildren(
      ...found.map(({ href, page, section, text }) => {
        const link = element('a', section === page ? page : `${page} › ${section}`);
        link.href = new URL(href, root);
        link.append(element('small', text));
        const item = document.createElement('li');
        item.append(link);
        return item;
      }),
    );
    if (found.length === 0) list.replaceChildren(element('li', `Nothing has all of “${query.trim()}”.`));
  };
  const nav = document.getElementById('contents');
  const here = nav.querySelector('[aria-current]');
  if (here) nav.scrollTop = here.offsetTop - nav.clientHeight / 2; // where it scrolls by itself
  for (const wide of document.querySelectorAll('pre, .scrolls')) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0; // so that the keyboard reaches what is cut off
  }
  box.addEventListener('focus', load, { once: true });
  box.addEventListener('input', show);
  place.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target === box) list.querySelector('a')?.click();
    if (event.key === 'Escape') list.hidden = true;
  });
  document.addEventListener('click', (event) => {
    if (!place.contains(event.target)) list.hidden = true;
  });
}
