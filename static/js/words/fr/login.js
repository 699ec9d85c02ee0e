// @ts-check
/** The words of the login page, in French. */
export default {
  'login.title': 'Se connecter – Visavis',
  'login.heading': 'Se connecter',
  'login.demo.title': 'Ceci est une démonstration',
  'login.demo.text': 'Choisissez un compte. Aucun mot de passe n’est demandé, et personne n’est identifié.',
  'login.demo.applicant': 'Demander un certificat',
  'login.demo.staff': 'Vérifier les demandes',
  'login.demo.hint': 'Pour jouer deux rôles à la fois, ouvrez l’autre compte dans une fenêtre privée.',
  'login.role.applicant': 'Demandeur',
  'login.role.reviewer': 'Relecteur',
  'login.role.registrar': 'Vérification en personne',
  'login.oidc.text': 'Vous êtes conduit vers votre fournisseur d’identité, puis ramené ici.',
  'login.oidc.do': 'Se connecter',
  'login.in': 'Vous êtes connecté : {name}.',
  'login.change': 'Changer de compte',
  'login.in.do': 'Continuer',
  'login.failed': 'La connexion n’a pas abouti. Réessayez.',
  'login.failed.denied': 'La connexion a été refusée, par vous ou par votre fournisseur d’identité.',
  'login.failed.expired': 'La connexion a pris trop de temps, ou a commencé dans un autre navigateur. Recommencez.',
  'login.failed.unavailable': 'Votre fournisseur d’identité ne répond pas. Réessayez dans quelques minutes.',
  'login.none': 'Aucun moyen de se connecter n’est réglé sur ce serveur. Prévenez la personne qui l’administre.',
};
