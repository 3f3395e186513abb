import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.ValidateOutcome;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;

/**
 * Walks a form from its first screen to its last, as a person does: sees what is relevant, answers
 * what there is an answer for, skips the rest, adds as many repeats as there are answers for.
 */
final class Person {
    private final FormOnPhone form;
    private final FormEntryController controller;
    private final FormEntryModel model;
    private final JsonNode request;
    private final JsonNode answers;
    private final Set<String> given = new HashSet<>();
    private final Screen screen;
    private ArrayNode refused;

    Person(FormOnPhone form, JsonNode request) {
        this.form = form;
        this.request = request;
        controller = form.controller;
        model = controller.getModel();
        answers = request.path("answers");
        screen = new Screen();
    }

    ObjectNode fill(ObjectNode result) throws Exception {
        screen.shown = result.putArray("shown");
        refused = result.putArray("refused");
        walk();
        Set<String> unasked = new TreeSet<>();
        answers.fieldNames().forEachRemaining(unasked::add);
        unasked.removeAll(given);
        ArrayNode never = result.putArray("unasked");
        unasked.forEach(never::add);

        ValidateOutcome outcome = form.def.validate(true);
        if (outcome != null) { // Collect goes back to that question and does not finalise
            ObjectNode blocked = result.putObject("blocked");
            blocked.put("path", pathOf(outcome.failedPrompt));
            blocked.put("why", outcome.outcome == FormEntryController.ANSWER_CONSTRAINT_VIOLATED ? "constraint" : "required");
        } else {
            controller.finalizeFormEntry();
            result.put("xml", form.submission());
        }
        new Values(form).put(request, result);
        return result;
    }

    private void walk() throws Exception {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        int event = controller.stepToNextEvent();
        while (event != FormEntryController.EVENT_END_OF_FORM) {
            switch (event) {
                case FormEntryController.EVENT_QUESTION -> question();
                case FormEntryController.EVENT_PROMPT_NEW_REPEAT -> addRepeatIfWanted();
                case FormEntryController.EVENT_GROUP, FormEntryController.EVENT_REPEAT ->
                    screen.group(model.getCaptionPrompt(), pathOf(model.getFormIndex()));
                default -> { }
            }
            event = controller.stepToNextEvent();
        }
    }

    private void question() {
        FormEntryPrompt prompt = model.getQuestionPrompt();
        String path = pathOf(model.getFormIndex());
        screen.question(prompt, path);
        JsonNode answer = answerFor(model.getFormIndex().getReference());
        if (prompt.isReadOnly() || answer == null) {
            return;
        }
        IAnswerData data = Answer.of(prompt, answer, request.path("only_what_is_listed").asBoolean());
        if (data == null) {
            return;
        }
        int verdict = controller.answerQuestion(data, true);
        if (verdict != FormEntryController.ANSWER_OK) { // the person reads the message and leaves the question as it was
            ObjectNode said = refused.addObject();
            said.put("path", path);
            said.put("name", nameOf(path));
            said.put("why", verdict == FormEntryController.ANSWER_CONSTRAINT_VIOLATED ? "constraint" : "required");
            said.put("message", prompt.getConstraintText(data));
        }
    }

    /** Answers are looked up by question name, inside a repeat in that repeat's own list of answers. */
    private JsonNode answerFor(TreeReference question) {
        JsonNode scope = answers;
        for (int depth = 0; depth < question.size() - 1; depth++) {
            String name = question.getName(depth);
            TreeReference place = question.getSubReference(depth);
            if (isRepeat(place)) {
                scope = scope.path(name).path(question.getMultiplicity(depth));
                given.add(name);
            }
        }
        JsonNode answer = scope.get(question.getNameLast());
        if (answer != null) {
            given.add(question.getNameLast());
        }
        return answer == null || answer.isNull() ? null : answer;
    }

    private boolean isRepeat(TreeReference place) {
        var node = form.instance().resolveReference(place);
        return node != null && node.isRepeatable();
    }

    /** "Add another?": yes as long as the answers hold one more. */
    private void addRepeatIfWanted() {
        TreeReference place = model.getFormIndex().getReference();
        JsonNode scope = answers;
        for (int depth = 0; depth < place.size() - 1; depth++) {
            if (isRepeat(place.getSubReference(depth))) {
                scope = scope.path(place.getName(depth)).path(place.getMultiplicity(depth));
            }
        }
        if (place.getMultLast() < scope.path(place.getNameLast()).size()) {
            controller.newRepeat();
        }
    }

    static String pathOf(FormIndex index) {
        return index.getReference().toString(true);
    }

    static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1).replaceAll("\\[.*", "");
    }
}
