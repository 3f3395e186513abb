import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.SubmissionProfile;
import org.javarosa.core.model.instance.FormInstance;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.properties.IPropertyRules;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.xform.util.XFormUtils;

/** A blank form opened on the phone: its media folder, clock, language and metadata in place. */
final class FormOnPhone {
    final FormDef def;
    final FormEntryController controller;

    FormOnPhone(JsonNode request) throws Exception {
        PhoneClock.set(request.hasNonNull("now_ms") ? request.get("now_ms").asLong() : null);
        PropertyManager.setPropertyManager(new Metadata(request.path("metadata")));
        ReferenceManager.instance().reset();
        ReferenceManager.instance().addReferenceFactory(new MediaFolder(new File(request.path("media").asText())));
        String xform = PhoneClock.readByThisClock(Files.readString(Path.of(request.path("xform").asText())));
        // The record saved last with this form, if there is one; as Collect keeps it beside the form.
        boolean savedBefore = new File(request.path("media").asText(), "last-saved.xml").exists();
        def = XFormUtils.getFormFromInputStream(
            new ByteArrayInputStream(xform.getBytes(StandardCharsets.UTF_8)),
            savedBefore ? "jr://file/last-saved.xml" : null);
        PhoneClock.wind(def);
        controller = new FormEntryController(new FormEntryModel(def));
        if (def.getLocalizer() != null && request.hasNonNull("language")) {
            controller.setLanguage(languageNamed(request.get("language").asText()));
        }
        def.initialize(true, new InstanceInitializationFactory());
    }

    /** "Khmer (km)" by its whole name or its code. */
    private String languageNamed(String wanted) {
        for (String language : controller.getModel().getLanguages()) {
            if (language.equals(wanted) || language.endsWith("(" + wanted + ")")) {
                return language;
            }
        }
        throw new IllegalArgumentException("the form has no language " + wanted + ", only "
            + List.of(controller.getModel().getLanguages()));
    }

    FormInstance instance() {
        return def.getMainInstance();
    }

    ObjectNode describe(ObjectNode told) {
        told.put("title", def.getTitle());
        ArrayNode languages = told.putArray("languages");
        if (def.getLocalizer() != null) {
            for (String language : controller.getModel().getLanguages()) {
                languages.add(language);
            }
        }
        return told;
    }

    /** The submission as Collect writes it: relevant nodes only, from the submission's own root if it has one. */
    String submission() throws IOException {
        SubmissionProfile profile = def.getSubmissionProfile();
        XFormSerializingVisitor visitor = new XFormSerializingVisitor();
        var payload = profile != null && profile.getRef() != null
            ? visitor.createSerializedPayload(instance(), profile.getRef())
            : visitor.createSerializedPayload(instance());
        try (InputStream in = payload.getPayloadStream()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            in.transferTo(out);
            return out.toString(StandardCharsets.UTF_8);
        }
    }

    /** deviceid, username, phonenumber, email: what Collect's settings hold. */
    private record Metadata(JsonNode known) implements IPropertyManager {
        @Override public List<String> getProperty(String name) {
            String value = getSingularProperty(name);
            return value == null ? List.of() : List.of(value);
        }

        @Override public String getSingularProperty(String name) {
            return known.hasNonNull(name) ? known.get(name).asText() : null;
        }

        @Override public void setProperty(String name, String value) {}

        @Override public void setProperty(String name, List<String> values) {}

        @Override public void addRules(IPropertyRules rules) {}

        @Override public List<IPropertyRules> getRules() {
            return List.of();
        }
    }
}
