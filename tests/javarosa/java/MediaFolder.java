import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceFactory;

/** jr://file/…, jr://file-csv/…, jr://images/… all lie in the form's one media folder, as in Collect. */
record MediaFolder(File folder) implements ReferenceFactory {
    @Override public boolean derives(String uri) {
        return uri.startsWith("jr://");
    }

    @Override public Reference derive(String uri) {
        return new MediaFile(uri, new File(folder, uri.substring(uri.lastIndexOf('/') + 1)));
    }

    @Override public Reference derive(String uri, String context) {
        return derive(uri);
    }

    private record MediaFile(String uri, File file) implements Reference {
        @Override public boolean doesBinaryExist() {
            return file.exists();
        }

        @Override public InputStream getStream() throws IOException {
            return new FileInputStream(file);
        }

        @Override public String getURI() {
            return uri;
        }

        @Override public String getLocalURI() {
            return file.getAbsolutePath();
        }

        @Override public boolean isReadOnly() {
            return true;
        }

        @Override public OutputStream getOutputStream() {
            throw new UnsupportedOperationException("media files are only read");
        }

        @Override public void remove() {
            throw new UnsupportedOperationException("media files are only read");
        }

        @Override public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }
}
