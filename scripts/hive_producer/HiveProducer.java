// Writes the files of Hive in tests/producers anew: what a table STORED AS TEXTFILE holds.
//
//   mvn -f scripts/hive_producer dependency:copy-dependencies -DoutputDirectory=/tmp/hive
//   java --add-opens java.base/java.net=ALL-UNNAMED -cp '/tmp/hive/*' \
//     scripts/hive_producer/HiveProducer.java tests/producers/reference.json FOLDER

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe;
import org.apache.hadoop.hive.serde2.objectinspector.ObjectInspector;
import org.apache.hadoop.hive.serde2.objectinspector.ObjectInspectorFactory;
import org.apache.hadoop.hive.serde2.objectinspector.primitive.PrimitiveObjectInspectorFactory;

public class HiveProducer {
  static final ObjectInspector TEXT = PrimitiveObjectInspectorFactory.javaStringObjectInspector;
  static final ObjectInspector NUMBER = PrimitiveObjectInspectorFactory.javaIntObjectInspector;

  public static void main(String[] words) throws Exception {
    JsonNode values = new ObjectMapper().readTree(Path.of(words[0]).toFile());
    Path folder = Files.createDirectories(Path.of(words[1]));
    write(folder.resolve("hive_default.text.txt"), values);
    write(folder.resolve("hive_escaped.text.txt"), values,
        "field.delim", ",", "escape.delim", "\\", "serialization.escape.crlf", "true");
  }

  static void write(Path file, JsonNode values, String... options) throws Exception {
    Properties table = new Properties();
    table.setProperty("columns", "id,txt,tail");
    table.setProperty("columns.types", "int:string:string");
    for (int at = 0; at < options.length; at += 2) {
      table.setProperty(options[at], options[at + 1]);
    }
    LazySimpleSerDe serde = new LazySimpleSerDe();
    serde.initialize(new Configuration(), table, null);
    ObjectInspector rows = ObjectInspectorFactory.getStandardStructObjectInspector(
        List.of("id", "txt", "tail"), List.of(NUMBER, TEXT, TEXT));
    StringBuilder text = new StringBuilder();
    for (JsonNode value : values) {
      String txt = value.get("txt").isNull() ? null : value.get("txt").asText();
      List<Object> row = Arrays.asList(value.get("id").asInt(), txt, value.get("tail").asText());
      text.append(serde.serialize(row, rows)).append('\n');
    }
    Files.writeString(file, text);
  }
}
