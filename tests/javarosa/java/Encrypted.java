import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * A finalised record, encrypted as ODK Collect does it (collect_contract.md section 7), with the JDK's own
 * cryptography: a second implementation, for the server's to be held against.
 */
class Encrypted {
    private static final OAEPParameterSpec OAEP =
        new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

    private final JsonNode request;
    private final byte[] key = new byte[32];
    private final byte[] seed;
    private final String instanceId;
    private int count = 0;

    Encrypted(JsonNode request) throws Exception {
        this.request = request;
        instanceId = request.path("instance_id").asText();
        new SecureRandom().nextBytes(key);
        MessageDigest digest = MessageDigest.getInstance("MD5");
        digest.update(instanceId.getBytes(StandardCharsets.UTF_8));
        digest.update(key);
        seed = digest.digest();
    }

    /** The envelope as `xml`, and `files`: name and content in Base64 of each encrypted file. */
    ObjectNode into(ObjectNode answer) throws Exception {
        String formId = request.path("form_id").asText();
        String version = request.path("version").asText();
        String encryptedKey = rsa(key);
        StringBuilder said = new StringBuilder(formId).append('\n');
        if (!version.isEmpty()) {
            said.append(version).append('\n');
        }
        said.append(encryptedKey).append('\n').append(instanceId).append('\n');
        ArrayNode files = answer.putArray("files");
        StringBuilder media = new StringBuilder();
        for (JsonNode file : request.path("files")) {
            String name = file.path("name").asText();
            encrypt(name, Base64.getDecoder().decode(file.path("content").asText()), said, files);
            media.append("<media><file>").append(name).append(".enc</file></media>");
        }
        byte[] record = request.path("xml").asText().getBytes(StandardCharsets.UTF_8);
        encrypt("submission.xml", record, said, files);
        String signature = rsa(MessageDigest.getInstance("MD5")
            .digest(said.toString().getBytes(StandardCharsets.UTF_8)));
        answer.put("xml", "<?xml version='1.0' encoding='UTF-8' ?>"
            + "<data xmlns=\"http://www.opendatakit.org/xforms/encrypted\" id=\"" + formId + "\""
            + (version.isEmpty() ? "" : " version=\"" + version + "\"") + " encrypted=\"yes\">"
            + "<base64EncryptedKey>" + encryptedKey + "</base64EncryptedKey>"
            + "<orx:meta xmlns:orx=\"http://openrosa.org/xforms\"><orx:instanceID>" + instanceId
            + "</orx:instanceID></orx:meta>" + media
            + "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
            + "<base64EncryptedElementSignature>" + signature + "</base64EncryptedElementSignature></data>");
        return answer;
    }

    private void encrypt(String name, byte[] content, StringBuilder said, ArrayNode files) throws Exception {
        byte[] md5 = MessageDigest.getInstance("MD5").digest(content);
        said.append(name).append("::").append(HexFormat.of().formatHex(md5)).append('\n');
        ++seed[count % seed.length];
        ++count;
        Cipher cipher = Cipher.getInstance("AES/CFB/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(seed));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(cipher.doFinal(content));
        ObjectNode file = files.addObject();
        file.put("name", name + ".enc");
        file.put("content", Base64.getEncoder().encodeToString(out.toByteArray()));
    }

    private String rsa(byte[] content) throws Exception {
        PublicKey publicKey = KeyFactory.getInstance("RSA").generatePublic(
            new X509EncodedKeySpec(Base64.getDecoder().decode(request.path("public_key").asText())));
        Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
        cipher.init(Cipher.ENCRYPT_MODE, publicKey, OAEP);
        return Base64.getEncoder().encodeToString(cipher.doFinal(content));
    }
}
