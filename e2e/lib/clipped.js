// What a person cannot read: text that is cut off, or that lies where no scrolling
// brings it, or under something else.

/**
 * Lists what is cut off on the page now.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export function clipped(page) {
  return page.evaluate(() => {
    /** @type {string[]} */
    const found = [];
    const name = (/** @type {Element} */ e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ''}${e.className && typeof e.className === 'string' ? `.${e.className.split(' ')[0]}` : ''} « ${(e.textContent ?? '').trim().slice(0, 40)} »`;
    const style = (/** @type {Element} */ e) => getComputedStyle(e);
    const speaks = (/** @type {Element} */ e) => [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent?.trim());
    /** Kept for those who listen: cut away to a point, in any of its ancestors. */
    const unseen = (/** @type {Element | null} */ e) => { for (; e; e = e.parentElement) if (style(e).clipPath === 'inset(50%)') return true; return false; };
    const hidden = (/** @type {Element} */ e) => e.closest('.visually-hidden, [hidden], template, noscript') !== null || unseen(e) || !e.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true });
    /** The box in which an element can be scrolled into sight; null: the page. */
    const scroller = (/** @type {Element | null} */ e) => {
      for (; e && e !== document.body && e !== document.documentElement; e = e.parentElement) {
        if (/auto|scroll/.test(style(e).overflowY)) return e;
        if (style(e).position === 'fixed') return 'fixed';
      }
      return null;
    };
    const modal = document.querySelector('#sheet:not([hidden]), dialog[open], #menu:not([hidden])');
    for (const e of document.body.querySelectorAll('*')) {
      const matters = speaks(e) || e.matches('button, a[href], input, select, summary');
      if (!matters || hidden(e) || e.closest('svg') || (modal && !modal.contains(e))) continue;
      const box = e.getBoundingClientRect();
      if (box.width === 0 || box.height === 0) continue;
      if (box.right > innerWidth + 1 || box.left < -1) found.push(`${name(e)} leaves the window sideways: ${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth}`);
      const cut = style(e);
      if (cut.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1 && !e.matches('input')) found.push(`${name(e)} cuts ${e.scrollWidth - e.clientWidth} px off its own text`);
      if (/hidden|clip/.test(cut.overflowY) && e.scrollHeight > e.clientHeight + 1) found.push(`${name(e)} cuts ${e.scrollHeight - e.clientHeight} px of its lines`);
      // Text that is wider than the box it stands in, a button's label above all.
      const range = document.createRange();
      range.selectNodeContents(e);
      const text = range.getBoundingClientRect();
      if (speaks(e) && text.width > 0 && (text.right > box.right + 1 || text.left < box.left - 1)) found.push(`${name(e)} is narrower than its text by ${Math.round(text.width - box.width)} px`);
      const within = scroller(e);
      if (within === 'fixed' && (box.bottom > innerHeight + 1 || box.top < -1)) found.push(`${name(e)} stands at ${Math.round(box.top)} to ${Math.round(box.bottom)} of ${innerHeight}, and nothing scrolls there`);
      // What can be pressed, and what is said, is not covered by something that stays.
      if (within === 'fixed' && matters && box.bottom <= innerHeight + 1) {
        for (const [dx, dy] of [[0.1, 0.5], [0.5, 0.1], [0.5, 0.5], [0.5, 0.9], [0.9, 0.5]]) {
          const x = Math.min(Math.max(box.left + box.width * dx, 1), innerWidth - 1);
          const y = Math.min(Math.max(box.top + box.height * dy, 1), innerHeight - 1);
          const top = document.elementsFromPoint(x, y)[0];
          if (top && !e.contains(top) && !top.contains(e) && !top.closest('#stage, svg, img')) { found.push(`${name(e)} lies under ${name(top)}`); break; }
        }
      }
    }
    const sideways = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (sideways > 0) found.push(`the page is ${sideways} px wider than its window`);
    return found;
  });
}
