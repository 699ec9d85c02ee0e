// @ts-check
/** The title of the page on trusting the local root; its text stands in the HTML, in both languages. */
export default {
  'trust.title': 'Faire confiance à cette page – Visavis',
};
