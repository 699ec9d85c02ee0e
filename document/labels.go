package document

import "strings"

// Field names what stands behind one label of a document.
type Field string

// The fields of a printed zone that are read.
const (
	Surname    Field = "surname"     // nom de naissance
	UsageName  Field = "usage-name"  // nom d'usage
	GivenNames Field = "given-names" // all of them
	BirthDate  Field = "birth-date"
	ExpiryDate Field = "expiry-date"
	IssueDate  Field = "issue-date"
	Number     Field = "number"
	// OtherLabel marks labels whose values are not read: they bound the others.
	OtherLabel Field = "other"
)

// Label is the text of a printed label: letters without accents, without spaces.
type Label struct {
	Field Field
	Text  string
}

// commonLabels are the labels of French documents and of the generic case: in
// English and French, one of which every passport has, and in German, Spanish,
// Italian, Portuguese and Dutch.
func commonLabels() map[Field]string {
	return map[Field]string{
		Surname: "NOM NOMS NOMDENAISSANCE NOMDEFAMILLE SURNAME SURNAMES LASTNAME FAMILYNAME NAME " +
			"NOMNAME APELLIDO APELLIDOS NACHNAME FAMILIENNAME COGNOME APELIDO APELIDOS NAAM PRIMARYIDENTIFIER " +
			"IDENTIFIANTPRIMAIRE",
		UsageName: "NOMDUSAGE ALTERNATENAME USAGENAME NOMDEPOUX NOMDEPOUSE NOMMARITAL",
		GivenNames: "PRENOM PRENOMS GIVENNAME GIVENNAMES GIVENNAMESS FORENAME FORENAMES FIRSTNAME FIRSTNAMES " +
			"NOMBRE NOMBRES VORNAME VORNAMEN NOMEPROPRIO VOORNAMEN SECONDARYIDENTIFIER IDENTIFIANTSECONDAIRE",
		BirthDate: "NEELE NELE NEE DATEDENAISS DATEDENAISSANCE DATEETLIEUDENAISSANCE DATEOFBIRTH BIRTHDATE DATEBIRTH " +
			"GEBURTSDATUM GEBURTSTAG FECHADENACIMIENTO DATADINASCITA DATADENASCIMENTO GEBOORTEDATUM",
		ExpiryDate: "EXPIRELE DATEDEXPIR DATEDEXPIRATION DATEOFEXPIRY DATEOFEXPIRATION EXPIRYDATE EXPIRY VALIDUNTIL " +
			"VALABLEJUSQUAU CARTEVALABLEJUSQUAU DATEDEFINDEVALIDITE " +
			"GUELTIGBIS GULTIGBIS FECHADECADUCIDAD FECHADEVENCIMIENTO DATADISCADENZA DATADEVALIDADE GELDIGTOT VALIDEJUSQUAU",
		IssueDate: "DELIVRELE DELIVREELE DATEDEDELIVRANCE DATEETLIEUDEDELIVRANCE DATEOFISSUE ISSUED ISSUEDATE " +
			"AUSSTELLUNGSDATUM FECHADEEXPEDICION DATADIRILASCIO DATADEEMISSAO",
		Number: "NDUDOCUMENT NODUDOCUMENT DOCUMENTNO DOCUMENTNUMBER PASSEPORTN PASSEPORTNO PASSPORTNO",
		OtherLabel: "SEXE SEX SEXESEX NATIONALITE NATIONALITY LIEUDENAISSANCE PLACEOFBIRTH TAILLE HEIGHT ADRESSE ADDRESS " +
			"AUTORITE AUTHORITY " +
			"TYPE CODEDUPAYS COUNTRYCODE CODEOFISSUINGSTATE DOMICILE RESIDENCE COULEURDESYEUX COLOUROFEYES " +
			"SIGNATURE REMARQUES " +
			"TYPEDETITRE CATEGORIE OBSERVATIONS NUMEROPERSONNEL PERSONALNO SIGNATUREDUTITULAIRE HOLDERSSIGNATURE " +
			"GESCHLECHT STAATSANGEHORIGKEIT STAATSANGEHOERIGKEIT GEBURTSORT SEXO NACIONALIDAD LUGARDENACIMIENTO SESSO " +
			"CITTADINANZA LUOGODINASCITA " +
			"NACIONALIDADE LOCALDENASCIMENTO GESLACHT NATIONALITEIT GEBOORTEPLAATS PROFESSION",
	}
}

// The labels that single series have beside the common ones, in the languages of
// their states.
const (
	belgianLabels = `expiry-date: VERVALDATUM VERVALLENOP VERVALTOP
number: KAARTNR NDECARTE NRCARTE
other: RIJKSREGISTERNR NREGISTRENATIONAL`
	spanishLabels = `surname: PRIMERAPELLIDO
birth-date: FECHANACIMIENTO FECHADENAC
expiry-date: VALIDEZ VALIDOHASTA
issue-date: EMISION FECHADEEMISION
number: NUMSOPORT NUMSOPORTE
other: DNINUM SEGUNDOAPELLIDO`
	germanLabels = `number: AUSWEISNUMMER DOKUMENTENNUMMER
other: GEBURTSNAME AUGENFARBE GROSSE GROESSE ANSCHRIFT ZUGANGSNUMMER`
)

// Labels returns every label that is read, those of single series last. A text
// stands for one field.
func Labels() []Label {
	var out []Label
	seen := map[string]bool{}
	add := func(field Field, texts string) {
		for text := range strings.FieldsSeq(texts) {
			if !seen[text] {
				seen[text] = true
				out = append(out, Label{field, text})
			}
		}
	}
	for field, texts := range commonLabels() {
		add(field, texts)
	}
	for _, r := range rows() {
		for line := range strings.Lines(r.Labels) {
			field, texts, _ := strings.Cut(strings.TrimSpace(line), ":")
			add(Field(field), texts)
		}
	}
	return out
}

// Titles are the titles of a kind, capitals without accents, < between words.
type Titles struct {
	Kind  Kind
	Texts []string
}

// AllTitles returns the titles that are read: those of French documents and of the generic case, in English and
// French, and those of single series. The first kind with a title in a text is that of the document: a licence and a
// permit may say that they are no identity card.
func AllTitles() []Titles {
	all := []Titles{
		{DrivingLicence, []string{"PERMIS<DE<CONDUIRE", "DRIVING<LICENCE", "DRIVING<LICENSE", "FUHRERSCHEIN"}},
		{ResidencePermit, []string{"TITRE<DE<SEJOUR", "RESIDENCE<PERMIT", "CARTE<DE<SEJOUR", "CARTE<DE<RESIDENT"}},
		{IdentityCard, []string{"CARTE<NATIONALE<DIDENTITE", "CARTE<DIDENTITE", "CARTE<D<IDENTITE",
			"CARTE<NATIONALE<D<IDENTITE", "IDENTITY<CARD"}},
		{Passport, []string{"PASSEPORT", "PASSPORT"}},
		{Visa, []string{"VISA"}},
	}
	for _, r := range rows() {
		for i := range all {
			if r.Title != "" && r.Kind == all[i].Kind {
				all[i].Texts = append(all[i].Texts, r.Title)
			}
		}
	}
	return all
}
