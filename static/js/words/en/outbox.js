// @ts-check
/** The words of the demonstration’s outbox, in English. */
export default {
  'outbox.heading': 'The demonstration’s e-mails',
  'outbox.lead': 'The demonstration sends nothing. Here are the e-mails it would have sent, the newest first. They go with the server.',
  'outbox.loading': 'Loading the e-mails…',
  'outbox.empty': 'No e-mail yet',
  'outbox.empty.text': 'The first one goes out when a request moves on, for example at the end of a capture. This page keeps itself up to date.',
  'outbox.start': 'Open “My signature”',
  'outbox.html': 'Laid out',
  'outbox.text': 'Text alone',
  'outbox.list': 'E-mails',
  'outbox.form': 'Form of the e-mail',

  'outbox.title': 'The demonstration’s e-mails',
  'outbox.title.n': '({n}) The demonstration’s e-mails',
  'outbox.fresh': { one: 'One new e-mail.', other: '{n} new e-mails.' },
  'outbox.failed': 'The server does not answer. Try again in a moment.',
  'outbox.failed.404': 'This server sends its e-mails for real: there is nothing to read here.',
  'outbox.to': 'To',
  'outbox.at': 'Date',
  'outbox.attachments': 'Attachments',
  'outbox.frame': 'E-mail: {subject}',
};
