// @ts-check
/** Words that several pages share, in French. */
export default {
  'common.skip': 'Aller au contenu',
  'common.language': 'Langue de la page',
  'common.home': 'Visavis, accueil',
  'common.noscript': 'Cette page a besoin de JavaScript. Activez-le dans les réglages de votre navigateur, puis rechargez la page.',
  'common.retry': 'Réessayer',
  'common.reload': 'Recharger la page',
  'common.continue': 'Continuer',
  'common.cancel': 'Annuler',
  'common.back': 'Retour',
  'common.close': 'Fermer',
  'common.details': 'Détails',
  'common.reference': 'Référence',
  'common.demo': 'Démonstration, aucun prestataire.',
  'common.badge.test': 'Certificat de TEST – non qualifié, sans valeur juridique',
  'common.step.document-front': 'Recto du document',
  'common.step.document-back': 'Verso du document',
  'common.step.selfie': 'Votre visage',
  'common.document.identity-card': 'Carte nationale d’identité',
  'common.document.passport': 'Passeport',
  'common.document.residence-permit': 'Titre de séjour',
};
