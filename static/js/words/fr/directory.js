// @ts-check
/** The words of the directory, in French. */
export default {
  'directory.title': 'Certificats publiés – Visavis',
  'directory.heading': 'Certificats publiés',
  'directory.lead': 'Seuls figurent ici les certificats dont le titulaire a accepté la publication.',
  'directory.query': 'Nom ou numéro de série',
  'directory.do': 'Chercher',
  'directory.empty': 'Écrivez un nom ou un numéro de série.',
  'directory.none': 'Aucun certificat publié ne correspond à « {query} ».',
  'directory.count': { one: 'Un certificat trouvé.', other: '{n} certificats trouvés.' },
};
