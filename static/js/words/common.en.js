// @ts-check
/** Words that several pages share, in English. */
export default {
  'common.skip': 'Skip to content',
  'common.language': 'Page language',
  'common.home': 'Visavis, home',
  'common.noscript': 'This page needs JavaScript. Turn it on in your browser’s settings, then reload the page.',
  'common.retry': 'Try again',
  'common.reload': 'Reload the page',
  'common.continue': 'Continue',
  'common.cancel': 'Cancel',
  'common.back': 'Back',
  'common.close': 'Close',
  'common.details': 'Details',
  'common.reference': 'Reference',
  'common.demo': 'Demonstration, no provider.',
  'common.badge.test': 'TEST certificate – not qualified, without legal value',
  'common.step.document-front': 'Front of the document',
  'common.step.document-back': 'Back of the document',
  'common.step.selfie': 'Your face',
  'common.document.identity-card': 'National identity card',
  'common.document.passport': 'Passport',
  'common.document.residence-permit': 'Residence permit',
};
