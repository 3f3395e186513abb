import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectMultiData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.xform.util.XFormAnswerDataParser;

/** What the fingers do: choose from what is on the list, or type. */
final class Answer {
    private Answer() {}

    /**
     * The answer as the phone keeps it, or null for none. With `onlyListed` what the list does not offer
     * just now is passed over, else it is a mistake of the test.
     */
    static IAnswerData of(FormEntryPrompt prompt, JsonNode answer, boolean onlyListed) {
        if (Screen.isSelect(prompt)) {
            return chosen(prompt, answer, onlyListed);
        }
        if (prompt.getControlType() == Constants.CONTROL_TRIGGER) {
            return new StringData("OK");
        }
        String typed = answer.asText();
        if (typed.isEmpty()) {
            return null;
        }
        IAnswerData data = XFormAnswerDataParser.getAnswerData(typed, prompt.getDataType(), prompt.getQuestion());
        if (data == null) {
            throw new IllegalArgumentException(prompt.getIndex().getReference() + " cannot hold " + typed);
        }
        return data;
    }

    private static IAnswerData chosen(FormEntryPrompt prompt, JsonNode answer, boolean onlyListed) {
        List<String> wanted = new ArrayList<>();
        if (answer.isArray()) {
            answer.forEach(one -> wanted.add(one.asText()));
        } else if (prompt.getControlType() == Constants.CONTROL_SELECT_ONE) {
            wanted.add(answer.asText());
        } else {
            wanted.addAll(List.of(answer.asText().trim().split("\\s+")));
        }
        List<Selection> chosen = new ArrayList<>();
        for (String one : wanted) {
            if (!one.isEmpty()) {
                Selection found = find(prompt, one);
                if (found != null) {
                    chosen.add(found);
                } else if (!onlyListed) {
                    throw new IllegalArgumentException("not on the list: " + one + " is no choice of "
                        + prompt.getIndex().getReference());
                }
            }
        }
        if (chosen.isEmpty()) {
            return null;
        }
        return switch (prompt.getControlType()) {
            case Constants.CONTROL_SELECT_ONE -> new SelectOneData(chosen.get(0));
            case Constants.CONTROL_SELECT_MULTI -> new SelectMultiData(chosen);
            default -> new MultipleItemsData(chosen);
        };
    }

    private static Selection find(FormEntryPrompt prompt, String wanted) {
        List<SelectChoice> choices = prompt.getSelectChoices();
        for (SelectChoice choice : choices) {
            if (choice.getValue().equals(wanted)) {
                return choice.selection();
            }
        }
        for (SelectChoice choice : choices) {
            if (wanted.equals(prompt.getSelectChoiceText(choice))) {
                return choice.selection();
            }
        }
        return null;
    }
}
