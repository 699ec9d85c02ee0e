// @ts-check
/** The words of the directory, in English. */
export default {
  'directory.title': 'Published certificates – Visavis',
  'directory.heading': 'Published certificates',
  'directory.lead': 'Only certificates whose holder agreed to publication are listed here.',
  'directory.query': 'Name or serial number',
  'directory.do': 'Search',
  'directory.empty': 'Write a name or a serial number.',
  'directory.none': 'No published certificate matches “{query}”.',
  'directory.count': { one: 'One certificate found.', other: '{n} certificates found.' },
};
