import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.model.xform.XFormsModule;

/**
 * One request a line on stdin, one answer a line on stdout, both JSON: many forms in one JVM.
 *
 * A request says what to `do`: "describe" a form, "fill" it as a person would, or "encrypt" a record. The answer has
 * `ok` with the result, or `error` with what went wrong, in JavaRosa's own words.
 */
public class Client {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // JavaRosa prints; stdout belongs to the answers
        new JavaRosaCoreModule().registerModule();
        new XFormsModule().registerModule();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line;
        while ((line = requests.readLine()) != null) {
            answers.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
            answers.flush();
        }
    }

    private static ObjectNode answer(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        try {
            if (request.path("do").asText().equals("encrypt")) {
                answer.set("ok", new Encrypted(request).into(JSON.createObjectNode()));
                return answer;
            }
            FormOnPhone form = new FormOnPhone(request);
            switch (request.path("do").asText()) {
                case "describe" -> answer.set("ok", form.describe(JSON.createObjectNode()));
                case "fill" -> answer.set("ok", new Person(form, request).fill(JSON.createObjectNode()));
                default -> answer.put("error", "nothing known to do in this request");
            }
        } catch (Throwable problem) { // whatever JavaRosa throws belongs to this one form, not to the JVM
            StringWriter trace = new StringWriter();
            problem.printStackTrace(new PrintWriter(trace));
            answer.put("error", problem.getClass().getSimpleName() + ": " + problem.getMessage());
            answer.put("trace", trace.toString());
        }
        return answer;
    }
}
