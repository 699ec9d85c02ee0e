// @ts-check
// What the staff's pages share: making elements, lists that are rebuilt only
// when they say something else.

/**
 * An element with its text, attributes and children.
 * @param {string} tag
 * @param {Record<string, string | boolean | null | undefined>} [attributes] text is its text; false, null and undefined are left out
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'text') element.textContent = String(value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** What each list was made from. @type {WeakMap<Element, string>} */
const made = new WeakMap();

/**
 * Fills a list anew when what it is made from has changed; else it stays, and
 * with it the focus inside.
 * @param {Element} list
 * @param {any} from what it is made from, with the language
 * @param {() => Node[]} build
 */
export function refill(list, from, build) {
  const key = JSON.stringify(from);
  if (made.get(list) === key) return;
  made.set(list, key);
  list.replaceChildren(...build());
}
