// @ts-check
// The demonstration's staff, played beside the applicant in one browser.

import { post } from '../lib/api.js';

/**
 * Logs a member of staff in beside whoever is logged in, and opens their page in a tab of
 * its own. Called within a click: browsers open no tab otherwise. Rejects with an ApiError.
 * @param {string} account of the demonstration's staff
 * @param {string} page of theirs
 */
export async function playBeside(account, page) {
  const tab = window.open('', 'visavis-staff'); // the tab of this name, where one is open already
  const opened = tab?.location.href === 'about:blank';
  try {
    await post('/api/login/demo', { account, beside: true, next: page });
  } catch (error) {
    if (opened) tab?.close();
    throw error;
  }
  if (tab) tab.location.replace(page);
  else location.assign(page); // the browser opens no tabs: the way back is the browser's
}
