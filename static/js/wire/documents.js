// @ts-check
// The documents that a person may choose. Package document has the table; `go test ./document -update` writes its
// rows here.

/** @typedef {{sides: ('front' | 'back')[], width: number, height: number}} Chosen sizes in millimetres */

/** @type {Record<string, Chosen>} in the order of the chooser */
export const documents = {
  'identity-card': { sides: ['front', 'back'], width: 85.6, height: 53.98 },
  'passport': { sides: ['front'], width: 125, height: 88 },
  'residence-permit': { sides: ['front', 'back'], width: 85.6, height: 53.98 },
};

/** Whether a document is one page, without a back. @param {string | undefined} kind */
export function isPage(kind) {
  return documents[kind ?? '']?.sides.length === 1;
}

/** Width over height of a document; of one that is not known, that of a card. @param {string | undefined} kind */
export function proportion(kind) {
  const { width, height } = documents[kind ?? ''] ?? documents['identity-card'];
  return width / height;
}
