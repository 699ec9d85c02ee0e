// @ts-check
/** The words of the demonstration’s outbox, in French. */
export default {
  'outbox.heading': 'E-mails de la démonstration',
  'outbox.lead': 'La démonstration n’envoie rien. Voici les e-mails qu’elle aurait envoyés, le plus récent en premier. Ils s’effacent avec le serveur.',
  'outbox.loading': 'Chargement des e-mails…',
  'outbox.empty': 'Aucun e-mail pour l’instant',
  'outbox.empty.text': 'Le premier part quand une demande avance, par exemple à la fin d’une capture. Cette page se met à jour d’elle-même.',
  'outbox.start': 'Ouvrir « Ma signature personnelle »',
  'outbox.html': 'Mis en page',
  'outbox.text': 'Texte seul',
  'outbox.list': 'E-mails',
  'outbox.form': 'Forme de l’e-mail',

  'outbox.title': 'E-mails de la démonstration',
  'outbox.title.n': '({n}) E-mails de la démonstration',
  'outbox.fresh': { one: 'Un nouvel e-mail.', other: '{n} nouveaux e-mails.' },
  'outbox.failed': 'Le serveur ne répond pas. Réessayez dans un instant.',
  'outbox.failed.404': 'Ce serveur envoie ses e-mails pour de vrai : il n’y a rien à lire ici.',
  'outbox.to': 'À',
  'outbox.at': 'Date',
  'outbox.attachments': 'Pièces jointes',
  'outbox.frame': 'E-mail : {subject}',
};
