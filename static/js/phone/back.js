// @ts-check
// The way back through the screens of a capture, and to the page that asked for it.

/** How many screens of this page the browser's Back goes through. @returns {number} */
export function depth() {
  return history.state?.depth ?? 0;
}

/** Gives each screen of the capture an entry of its own, so that Back goes one screen back. @param {number} to of the screen shown */
export function deepen(to) {
  for (let at = depth(); at < to; at++) history.pushState({ depth: at + 1 }, '');
}

/** Back to the page that asked: the one before this one's screens. */
export function goBack() {
  const steps = depth() + (history.state?.layer ? 2 : 1);
  if (history.length > steps) history.go(-steps);
  else location.assign('/');
}

/** A screen that lies over another gets an entry of its own: the browser's Back leaves it alone. */
export function enterLayer() {
  if (!history.state?.layer) history.pushState({ layer: true, depth: depth() }, '');
}

/** Leaves such a screen by its own button. */
export function leaveLayer() {
  if (history.state?.layer) history.back();
}
