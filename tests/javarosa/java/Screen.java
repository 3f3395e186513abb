import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.form.api.FormEntryCaption;
import org.javarosa.form.api.FormEntryPrompt;

/** Everything the phone showed, in order, in the language the form was open in. */
final class Screen {
    ArrayNode shown;

    void group(FormEntryCaption group, String path) {
        String label = group.getLongText();
        if (label != null && !label.isEmpty()) { // a group without a label has no line of its own
            ObjectNode line = line(path, "group", label);
            line.put("appearance", group.getAppearanceHint());
        }
    }

    void question(FormEntryPrompt prompt, String path) {
        ObjectNode line = line(path, prompt.isReadOnly() ? "note" : "question", prompt.getLongText());
        line.put("hint", prompt.getHelpText());
        line.put("required", prompt.isRequired());
        line.put("value", prompt.getAnswerValue() == null ? null : prompt.getAnswerText());
        if (isSelect(prompt)) {
            ArrayNode choices = line.putArray("choices");
            for (SelectChoice choice : prompt.getSelectChoices()) {
                ObjectNode one = choices.addObject();
                one.put("name", choice.getValue());
                one.put("label", prompt.getSelectChoiceText(choice));
            }
        }
    }

    private ObjectNode line(String path, String kind, String label) {
        ObjectNode line = shown.addObject();
        line.put("path", path);
        line.put("name", Person.nameOf(path));
        line.put("kind", kind);
        line.put("label", label);
        return line;
    }

    static boolean isSelect(FormEntryPrompt prompt) {
        int control = prompt.getControlType();
        return control == Constants.CONTROL_SELECT_ONE || control == Constants.CONTROL_SELECT_MULTI
            || control == Constants.CONTROL_RANK;
    }
}
