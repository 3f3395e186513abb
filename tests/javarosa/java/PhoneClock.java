import java.util.Date;
import java.util.List;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.utils.DateUtils;
import org.javarosa.core.model.utils.IPreloadHandler;
import org.joda.time.DateTimeUtils;

/**
 * The phone's clock, set by the test.
 *
 * JavaRosa asks Joda for now() and java.util.Date for today() and for its preloads. Joda's clock can
 * be set. A function of JavaRosa's own cannot be replaced, so today() is renamed while the form is
 * read, and the renamed function answers from this clock.
 */
final class PhoneClock {
    private PhoneClock() {}

    static void set(Long millis) {
        if (millis == null) {
            DateTimeUtils.setCurrentMillisSystem();
        } else {
            DateTimeUtils.setCurrentMillisFixed(millis);
        }
    }

    static Date now() {
        return new Date(DateTimeUtils.currentTimeMillis());
    }

    static String readByThisClock(String xform) {
        return xform.replace("today()", "phone-today()");
    }

    static void wind(FormDef form) {
        form.addFunctionHandler(new Today());
        form.getPreloader().addPreloadHandler(new Timestamp());
        form.getPreloader().addPreloadHandler(new TodayPreload());
    }

    private static final class Today implements IFunctionHandler {
        @Override public String getName() {
            return "phone-today";
        }

        @Override public List<Class[]> getPrototypes() {
            return List.<Class[]>of(new Class[0]);
        }

        @Override public boolean rawArgs() {
            return false;
        }

        @Override public boolean realTime() {
            return true;
        }

        @Override public Object eval(Object[] args, EvaluationContext context) {
            return DateUtils.roundDate(now());
        }
    }

    private static final class Timestamp implements IPreloadHandler {
        @Override public String preloadHandled() {
            return "timestamp";
        }

        @Override public IAnswerData handlePreload(String which) {
            return "start".equals(which) ? new DateTimeData(now()) : null;
        }

        @Override public boolean handlePostProcess(TreeElement node, String which) {
            if ("end".equals(which)) {
                node.setAnswer(new DateTimeData(now()));
                return true;
            }
            return false;
        }
    }

    private static final class TodayPreload implements IPreloadHandler {
        @Override public String preloadHandled() {
            return "date";
        }

        @Override public IAnswerData handlePreload(String which) {
            return "today".equals(which) ? new DateData(now()) : null;
        }

        @Override public boolean handlePostProcess(TreeElement node, String which) {
            return false;
        }
    }
}
