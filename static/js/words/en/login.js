// @ts-check
/** The words of the login page, in English. */
export default {
  'login.title': 'Log in – Visavis',
  'login.heading': 'Log in',
  'login.demo.title': 'This is a demonstration',
  'login.demo.text': 'Choose an account. No password is asked for, and nobody is identified.',
  'login.demo.applicant': 'Ask for a certificate',
  'login.demo.staff': 'Check the requests',
  'login.demo.hint': 'To play two roles at once, open the other account in a private window.',
  'login.role.applicant': 'Applicant',
  'login.role.reviewer': 'Reviewer',
  'login.role.registrar': 'Check in person',
  'login.oidc.text': 'You are taken to your identity provider, then back here.',
  'login.oidc.do': 'Log in',
  'login.in': 'You are logged in: {name}.',
  'login.change': 'Change account',
  'login.in.do': 'Continue',
  'login.failed': 'The login did not succeed. Try again.',
  'login.failed.denied': 'The login was refused, by you or by your identity provider.',
  'login.failed.expired': 'The login took too long, or began in another browser. Start again.',
  'login.failed.unavailable': 'Your identity provider does not answer. Try again in a few minutes.',
  'login.none': 'No way to log in is set on this server. Tell the person who runs it.',
};
