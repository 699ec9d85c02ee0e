// @ts-check
// One e-mail, as its reader would see it: the HTML in a frame that runs no
// script, or the text with its links.

/** How an address begins and where it ends in a text. */
const address = /https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)]/g;

/**
 * A text cut into words and addresses.
 * @param {string} text
 * @returns {{text: string, link: boolean}[]}
 */
export function linked(text) {
  const out = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    if (match.index > end) out.push({ text: text.slice(end, match.index), link: false });
    out.push({ text: match[0], link: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) out.push({ text: text.slice(end), link: false });
  return out;
}

/**
 * The message's HTML with its style attributes under another name: the page's
 * content policy, which the frame inherits, refuses them as they are.
 * @param {string} html
 */
export function undressed(html) {
  return html.replace(/(<[a-z][^<>]*?)\sstyle=/gi, '$1 data-style=');
}

/** The page's policy asks for trusted HTML. The frame that gets it runs no script. */
const trusted = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('visavis-outbox', { createHTML: undressed });

/**
 * Shows a message in its frame, as high as the message is.
 * @param {HTMLIFrameElement} frame
 * @param {string} html
 */
export function showMail(frame, html) {
  frame.onload = () => {
    const mail = frame.contentDocument;
    if (!mail?.body) return;
    dress(mail);
    frame.style.height = `${mail.documentElement.scrollHeight + 2}px`;
  };
  frame.srcdoc = trusted ? trusted.createHTML(html) : undressed(html);
}

/** Gives every element its styles, and opens links in a new tab. @param {Document} mail */
function dress(mail) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (mail.querySelectorAll('[data-style]'))) {
    element.style.cssText = element.dataset.style ?? '';
  }
  for (const link of mail.querySelectorAll('a[href]')) {
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener');
  }
}
