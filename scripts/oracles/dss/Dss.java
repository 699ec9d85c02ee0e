import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.util.List;

/**
 * Has EU DSS validate signed files, without a network:
 * java -cp 'lib/*' Dss.java ROOT.cer FILE...
 *
 * One line for each file: its name, the indication, the level, what DSS says of it, separated by tabs.
 */
public class Dss {
  public static void main(String[] args) {
    CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    CertificateToken root = DSSUtils.loadCertificate(new File(args[0]));
    trusted.addCertificate(root);
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.addTrustedCertSources(trusted);
    for (int i = 1; i < args.length; i++) {
      System.out.println(args[i] + "\t" + judge(new FileDocument(args[i]), verifier));
    }
  }

  static String judge(DSSDocument document, CommonCertificateVerifier verifier) {
    try {
      SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(document);
      validator.setCertificateVerifier(verifier);
      Reports reports = validator.validateDocument();
      SimpleReport report = reports.getSimpleReport();
      List<String> ids = report.getSignatureIdList();
      boolean several = document.getName().endsWith(".pdf"); // each signs what the one before left
      if (ids.isEmpty() || ids.size() > 1 && !several) {
        return "SIGNATURES_" + ids.size() + "\t\t";
      }
      String id = ids.stream().filter(one -> report.getIndication(one) != Indication.TOTAL_PASSED).findFirst()
          .orElse(ids.get(0));
      StringBuilder said = new StringBuilder();
      report.getAdESValidationErrors(id).forEach(m -> said.append(" error: ").append(m.getValue()));
      report.getAdESValidationWarnings(id).forEach(m -> said.append(" warning: ").append(m.getValue()));
      DiagnosticData data = reports.getDiagnosticData();
      said.append(" stamps: ").append(data.getTimestampList().size());
      return report.getIndication(id) + "\t" + report.getSignatureFormat(id) + "\t"
          + said.toString().trim().replaceAll("\\s+", " ");
    } catch (RuntimeException e) {
      return "REFUSED\t\t" + String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }
  }
}
