import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Reads lines "flavour TAB file"; answers each with the number of checks made and the rules that the file breaks. */
public class Validate {
    public static void main(String[] args) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = asked.readLine(); line != null; line = asked.readLine()) {
            String[] parts = line.split("\t");
            System.out.println(line + "\t" + check(PDFAFlavour.byFlavourId(parts[0]), parts[1]));
        }
    }

    private static String check(PDFAFlavour flavour, String file) throws Exception {
        try (InputStream in = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(in, flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult found = validator.validate(parser);
            TreeSet<String> broken = new TreeSet<>();
            for (TestAssertion made : found.getTestAssertions()) {
                if (made.getStatus() == TestAssertion.Status.FAILED) {
                    broken.add(made.getRuleId().getClause() + "-" + made.getRuleId().getTestNumber());
                }
            }
            return found.getTotalAssertions() + "\t" + (found.isCompliant() ? "" : String.join(" ", broken));
        }
    }
}
