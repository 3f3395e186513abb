import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathFuncExpr;

/** What tests compare the server with: values of nodes, and of XPath expressions asked in the finished form. */
final class Values {
    private final FormOnPhone form;

    Values(FormOnPhone form) {
        this.form = form;
    }

    void put(JsonNode request, ObjectNode result) {
        if (request.has("values")) {
            ObjectNode values = result.putObject("values");
            collect(form.instance().getRoot(), request.get("values"), values);
        }
        if (request.has("expressions")) {
            ObjectNode said = result.putObject("expressions");
            request.get("expressions").forEach(one -> said.set(one.asText(), evaluate(one.asText(), said.objectNode())));
        }
    }

    /** By name: the text a submission would carry, or null where the node is empty or not relevant. */
    private void collect(TreeElement node, JsonNode wanted, ObjectNode values) {
        for (JsonNode name : wanted) {
            if (name.asText().equals(node.getName()) && !values.has(node.getName())) {
                IAnswerData value = node.isRelevant() ? node.getValue() : null;
                values.put(node.getName(), value == null ? null : value.uncast().getString());
            }
        }
        for (int child = 0; child < node.getNumChildren(); child++) {
            if (node.getChildAt(child).getMult() != TreeReference.INDEX_TEMPLATE) {
                collect(node.getChildAt(child), wanted, values);
            }
        }
    }

    private ObjectNode evaluate(String expression, ObjectNode said) {
        try {
            EvaluationContext context = new EvaluationContext(form.def.getEvaluationContext(), TreeReference.rootRef());
            Object value = XPathFuncExpr.unpack(
                XPathParseTool.parseXPath(PhoneClock.readByThisClock(expression)).eval(form.instance(), context));
            said.put("string", XPathFuncExpr.toString(value));
            said.put("boolean", XPathFuncExpr.toBoolean(value));
        } catch (Exception problem) {
            said.put("error", problem.getClass().getSimpleName() + ": " + problem.getMessage());
        }
        return said;
    }
}
